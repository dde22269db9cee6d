/// <reference types="@fastly/js-compute" />
// A program for Fastly Compute in JavaScript: it shortens links. POST /links with an address answers with a short path, which
// redirects to it; GET /links/NAME/clicks tells how often it did. Links and clicks are in a key-value store.
import { KVStore } from "fastly:kv-store";

addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname } = new URL(request.url);
  const links = new KVStore("links");
  if (pathname === "/links" && request.method === "POST") return shorten(links, await request.text());
  const found = /^\/links\/([a-z0-9]{8})(\/clicks)?$/.exec(pathname);
  if (!found || request.method !== "GET") return json({ error: "POST /links, GET /links/NAME, GET /links/NAME/clicks" }, 404);
  const [, name, asksForClicks] = found;
  const link = await links.get(`link-${name}`);
  if (!link) return json({ error: "there is no such link" }, 404);
  if (asksForClicks) return json({ clicks: Number((await (await links.get(`clicks-${name}`))?.text()) ?? 0) });
  const clicks = Number((await (await links.get(`clicks-${name}`))?.text()) ?? 0);
  await links.put(`clicks-${name}`, String(clicks + 1));
  return new Response(null, { status: 302, headers: { location: await link.text() } });
}

async function shorten(links, text) {
  let target;
  try {
    target = new URL(text.trim());
  } catch {
    return json({ error: "the body is no address" }, 400);
  }

  if (target.protocol !== "http:" && target.protocol !== "https:") return json({ error: "http or https" }, 400);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(target.href)));
  const name = Array.from(digest.slice(0, 8), (byte) => "abcdefghijklmnopqrstuvwxyz012345"[byte & 31]).join("");
  await links.put(`link-${name}`, target.href);
  return json({ link: `/links/${name}` }, 201);
}

function json(value, status = 200) {
  return new Response(JSON.stringify(value) + "\n", { status, headers: { "content-type": "application/json" } });
}
