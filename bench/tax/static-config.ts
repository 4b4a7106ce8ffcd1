/** Where the hand-written config listens, and which members it has. */
export interface StaticSite {
  readonly port: number;
  readonly memberPorts: readonly number[];
}

/**
 * What a good engineer writes by hand for the same job: the same timeouts, checks, retries and balancing, the same care
 * for headers that a client could forge, and servers that never change. What only Muster adds (sockets, statistics, ids,
 * servers added at run time, the answer for an empty backend, the metrics page) is not here: it is what the tax pays for.
 */
export function staticConfig({ port, memberPorts }: StaticSite): string {
  return `global
  log stdout format raw local0 notice
  hard-stop-after 20s

defaults
  mode http
  log global
  option dontlog-normal
  timeout connect 250ms
  timeout client 30s
  timeout server 30s
  timeout check 500ms
  timeout http-request 10s
  timeout http-keep-alive 5s
  timeout queue 5s
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  default-server check inter 250ms fastinter 100ms downinter 250ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down

frontend public
  bind 127.0.0.1:${port}
  option idle-close-on-response
  option http-restrict-req-hdr-names reject
  http-request disable-l7-retry unless METH_GET or { method HEAD OPTIONS }
  http-request del-header X-Real-IP
  http-request del-header Forwarded
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-after-response del-header Keep-Alive
  default_backend webapp

backend webapp
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200-499
${memberPorts.map((member, index) => `  server web-${index + 1} 127.0.0.1:${member}`).join('\n')}
`;
}
