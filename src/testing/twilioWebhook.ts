import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnswerResult, ChannelAnswer, Inbound, InboundContent, InboundRequest } from '../notify/channels/inbound';

export interface WebhookServer {
  url: string;
  /** What the channel read, in order. */
  contents: InboundContent[];
  close(): Promise<void>;
}

/** Serves the webhook of a channel, as the gateway does below this public URL. `act` gives the result of an answer. */
export async function webhookServer<T>(
  inbound: Inbound<T>,
  { tools, publicUrl, act }: { tools: T; publicUrl: string; act: (answer: ChannelAnswer) => AnswerResult },
): Promise<WebhookServer> {
  const contents: InboundContent[] = [];
  const reply = inbound.reply as (...given: unknown[]) => ReturnType<typeof inbound.reply>;
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const url = `${publicUrl}${req.url}`;
    const request: InboundRequest = {
      method: 'POST',
      url,
      path: new URL(url).pathname.slice(new URL(publicUrl).pathname.length).replace(/^\//, ''),
      headers: req.headers as Record<string, string>,
      query: Object.fromEntries(new URL(url).searchParams),
      body: Buffer.concat(chunks),
      at: new Date('2026-01-05T09:00:00Z'),
    };
    const content = await inbound.read(request, tools);
    const answer = 'reply' in content ? content.reply : undefined;
    if (!('reply' in content)) contents.push(content);
    const given = JSON.parse(JSON.stringify(content)) as InboundContent;
    const final = answer ?? (await reply(given, (given.answers ?? []).map(act), tools, {}));
    res.writeHead(final.status, final.headers).end(final.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    contents,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
