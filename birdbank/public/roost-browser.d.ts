// `roost-browser.js` is served out of @roost/client, as it is.
export * from '@roost/client/browser';
