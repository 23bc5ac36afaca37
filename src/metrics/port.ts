/** Serves the metrics on a loopback port, for a Prometheus on this machine. It answers nothing else and nobody else. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Fault, fault } from '../core/model/fault.ts';
import { failed, ok, type Result } from '../core/model/result.ts';
import { failureFault } from '../process/failure.ts';

export interface MetricsServer {
  readonly port: number;
  close(): void;
}

export interface ServeOptions {
  /** 0: any. */
  readonly port: number;
  /** Asked at each request; a fault, and what it throws, becomes status 503. */
  readonly text: () => Promise<Result<string>>;
  /** Hears what became status 503. */
  readonly onFault: (why: Fault) => void;
}

/** Faults: command-failed. */
export function serveMetrics({ port, text, onFault }: ServeOptions): Promise<Result<MetricsServer>> {
  const { promise, resolve } = Promise.withResolvers<Result<MetricsServer>>();
  const server = createServer((request, response) => {
    void answer(request, response, { text, onFault });
  });
  // A request that never ends must not keep the scheduler from ending.
  server.requestTimeout = 5000;
  server.once('error', (error) =>
    resolve(
      failed(
        fault(
          'command-failed',
          `Metrics cannot be served on 127.0.0.1:${port}: ${error.message}`,
          'End what uses the port (ss -ltnp), and it is tried again within a minute; or start with another port.',
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

async function answer(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  { text, onFault }: Pick<ServeOptions, 'text' | 'onFault'>,
): Promise<void> {
  const say = (status: number, body: string, type = 'text/plain'): void => {
    response.writeHead(status, { 'content-type': type }).end(method === 'HEAD' ? undefined : body);
  };
  if (!isLoopback(headers.host)) {
    say(403, 'Only served to this machine under its own name: localhost.\n');
    return;
  }
  if ((method !== 'GET' && method !== 'HEAD') || url?.split('?', 1)[0] !== '/metrics') {
    say(404, 'Only GET /metrics is served here.\n');
    return;
  }
  const metrics = await safely(text);
  if (metrics.ok) say(200, metrics.value, 'text/plain; version=0.0.4; charset=utf-8');
  else {
    onFault(metrics.fault);
    say(503, `${metrics.fault.message}\n`);
  }
}

/** A page somewhere may have given its own name this address, to have a browser here read it. */
const isLoopback = (host: string | undefined): boolean =>
  host === undefined || /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host);

/** The journal throws what nobody can mend here; no request may end the process, and the transfers at work with it. */
async function safely(text: ServeOptions['text']): Promise<Result<string>> {
  try {
    return await text();
  } catch (error) {
    return failed(failureFault(error));
  }
}
