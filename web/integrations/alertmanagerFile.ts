/** A whole alertmanager.yml that starts as it is and sends every alert to one integration. */
export const alertmanagerFile = (url: string): string =>
  `route:
  receiver: tocsin
  group_by: [alertname, service]
receivers:
  - name: tocsin
    webhook_configs:
      - url: ${url}
        send_resolved: true
`;
