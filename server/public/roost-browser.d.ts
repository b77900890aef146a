// `roost-browser.js` is served out of @roost/client, as it is.
export * from '../../client/src/browser.js';
