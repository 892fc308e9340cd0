/** A file of Grafana's provisioning with a contact point of type webhook. */
export const GRAFANA_FILE = `apiVersion: 1
contactPoints:
  - orgId: 1
    name: tocsin
    receivers:
      - uid: tocsin
        type: webhook
        settings:
          url: {url}
          httpMethod: POST`;
