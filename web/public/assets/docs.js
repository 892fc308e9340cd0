// The validator badge would send this server's address elsewhere.
window.SwaggerUIBundle({
  url: new URL('openapi.json', location.href).href,
  dom_id: '#docs',
  validatorUrl: null,
  deepLinking: true,
});
