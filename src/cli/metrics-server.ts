/** Serves the metrics on a loopback port, for a Prometheus on this machine. It answers nothing else and nobody else. */
import { createServer } from 'node:http';
import { fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';

export interface MetricsServer {
  readonly port: number;
  close(): void;
}

/** `text`: asked at each request; a fault becomes status 503. `port` 0: any. Faults: command-failed. */
export function serveMetrics(port: number, text: () => Result<string>): Promise<Result<MetricsServer>> {
  const { promise, resolve } = Promise.withResolvers<Result<MetricsServer>>();
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Only GET /metrics is served here.\n');
      return;
    }
    const metrics = text();
    if (metrics.ok) {
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
        .end(metrics.value);
    } else response.writeHead(503, { 'content-type': 'text/plain' }).end(`${metrics.fault.message}\n`);
  });
  // A request that never ends must not keep the scheduler from ending.
  server.requestTimeout = 5000;
  server.once('error', (error) =>
    resolve(
      failed(
        fault(
          'command-failed',
          `Metrics cannot be served on 127.0.0.1:${port}: ${error.message}`,
          'Choose another port, or end what uses it: ss -ltnp',
        ),
      ),
    ),
  );
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    const close = (): void => {
      server.close();
      server.closeAllConnections();
    };
    server.unref();
    resolve(ok({ port: typeof address === 'object' && address !== null ? address.port : port, close }));
  });
  return promise;
}
