# The server alone, as in production: docs/deploy.md tells how to run it.
FROM node:26-slim AS packages
WORKDIR /roost
COPY package.json package-lock.json .npmrc ./
COPY server/package.json server/
COPY client/package.json client/
COPY birdbank/package.json birdbank/
RUN npm ci --workspace @roost/server --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:26-slim
LABEL org.opencontainers.image.title="Roost" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /roost
COPY --from=packages /roost/node_modules node_modules
COPY package.json LICENSE ./
COPY server/package.json server/
COPY server/src server/src
COPY server/public server/public
COPY client/src/browser.js client/src/
RUN install -d -o node -g node -m 0700 /data
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    ROOST_HOST=0.0.0.0 \
    ROOST_PORT=8080 \
    ROOST_DATA=/data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "server/src/main.js", "health"]
ENTRYPOINT ["node", "--heap-growing-percent=40", "--max-semi-space-size=16", "server/src/main.js"]
CMD ["serve"]
