/// <reference types="@fastly/js-compute" />
import { KVStore } from 'fastly:kv-store';
import { ConfigStore } from 'fastly:config-store';
import { SecretStore } from 'fastly:secret-store';
import { SimpleCache, CoreCache } from 'fastly:cache';
import { Logger } from 'fastly:logger';
import { getGeolocationForIpAddress } from 'fastly:geolocation';
import { Backend } from 'fastly:backend';
import { RateCounter, PenaltyBox, EdgeRateLimiter } from 'fastly:edge-rate-limiter';

addEventListener('fetch', (event) => event.respondWith(handle(event)));

async function handle(event) {
  const url = new URL(event.request.url);
  switch (url.pathname) {
    case '/fetch': {
      const answer = await fetch('http://example.com' + url.search.slice(1), { backend: 'origin', method: 'POST', body: 'from the guest', headers: { 'x-from': 'guest' } });
      return new Response(await answer.text(), { status: answer.status, headers: { 'x-backend': answer.headers.get('x-backend') } });
    }
    case '/proxy':
      return fetch(event.request, { backend: 'origin' });
    case '/kv': {
      const store = new KVStore('things');
      await store.put('written', 'by the guest', { metadata: 'meta' });
      const entry = await store.get('written');
      const none = await store.get('none');
      const list = await store.list({ prefix: 'w' });
      const text = await entry.text();
      await store.delete('written');
      return Response.json({ text, metadata: entry.metadataText(), none, list: list.list, gone: await store.get('written') });
    }
    case '/config':
      return Response.json({ greeting: new ConfigStore('settings').get('greeting'), none: new ConfigStore('settings').get('none') });
    case '/secret': {
      const secret = await new SecretStore('secrets').get('token');
      return new Response(secret.plaintext());
    }
    case '/stream': {
      const encoder = new TextEncoder();
      const { readable, writable } = new TransformStream();
      event.waitUntil((async () => {
        const writer = writable.getWriter();
        for (let i = 0; i < 5; i++) await writer.write(encoder.encode(`part ${i}\n`));
        await writer.close();
      })());
      return new Response(readable, { headers: { 'content-type': 'text/plain' } });
    }
    case '/cache': {
      const first = SimpleCache.get('k');
      SimpleCache.set('k', 'cached', 60);
      const second = SimpleCache.get('k');
      return Response.json({ first, second: await second.text() });
    }
    case '/getorset': {
      const entry = await SimpleCache.getOrSet('expensive', async () => ({ value: 'computed ' + url.search, ttl: 60 }));
      return new Response(await entry.text());
    }
    case '/log': {
      new Logger('audit').log('logged by the guest');
      console.log('printed by the guest');
      return new Response('logged');
    }
    case '/geo':
      return Response.json(getGeolocationForIpAddress(event.client.address));
    case '/dynamic': {
      const backend = new Backend({ name: 'mine', target: url.searchParams.get('target'), useSSL: false });
      try {
        return await fetch('http://example.com/dynamic', { backend });
      } catch (error) {
        return new Response(String(error), { status: 502 });
      }
    }
    case '/rate': {
      const limiter = new EdgeRateLimiter(new RateCounter('rc'), new PenaltyBox('pb'));
      return new Response(String(limiter.checkRate('client', 1, 10, 2, 1)));
    }
    case '/throw':
      throw new Error('thrown by the guest');
  }
  return new Response('not found', { status: 404 });
}
