import { join } from 'node:path';
import type { StaticSite } from './static-config.js';

/**
 * What a good engineer writes by hand for the same job on NGINX: the same timeouts, retries, buffering and balancing,
 * connections to members kept, the same care for headers that a client could forge, and members that never change. What
 * only Muster adds (a zone that all workers share, the answer for an empty backend, WebSocket tunnels, the socket that
 * tells what runs) is not here: it is what the tax pays for.
 */
export function staticNginxConfig({ port, memberPorts }: StaticSite, dir: string): string {
  const temp = (name: string) => join(dir, `by-hand-${name}`);
  return `daemon off;
pid ${temp('pid')};
${process.getuid?.() === 0 ? 'user root root;' : ''}
worker_processes auto;
worker_shutdown_timeout 20s;
error_log stderr warn;

events {
  worker_connections 4096;
}

http {
  access_log off;
  server_tokens off;
  client_body_temp_path ${temp('body')};
  proxy_temp_path ${temp('proxy')};
  fastcgi_temp_path ${temp('fastcgi')};
  uwsgi_temp_path ${temp('uwsgi')};
  scgi_temp_path ${temp('scgi')};
  client_header_timeout 10s;
  client_body_timeout 30s;
  send_timeout 30s;
  keepalive_timeout 5s;
  client_max_body_size 0;
  proxy_buffering off;
  proxy_buffer_size 16k;
  proxy_buffers 8 16k;
  proxy_request_buffering off;
  proxy_connect_timeout 250ms;
  proxy_read_timeout 30s;
  proxy_send_timeout 30s;
  proxy_next_upstream error timeout;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Connection "";
  proxy_set_header X-Real-IP "";
  proxy_set_header Forwarded "";
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto http;
  proxy_hide_header Keep-Alive;

  upstream webapp {
${memberPorts.map((member) => `    server 127.0.0.1:${member} max_fails=1 fail_timeout=1s;`).join('\n')}
    keepalive 64;
    keepalive_timeout 4s;
  }

  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://webapp;
    }
  }
}
`;
}
