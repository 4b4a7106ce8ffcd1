import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Greeting, HomePage } from '../home-page.js';
import { memberAddress } from '../member-headers.js';
import { pause } from '../pause.js';
import { countView } from '../sessions.js';
import type { Slowness } from '../slowness.js';

export interface HomeOptions {
  readonly memberId: string;
  /** Made by `createSessions`; only this route has it, so no other answer makes a session. */
  readonly sessions: RequestHandler;
  readonly slowness: Slowness;
  readonly homePage: HomePage;
}

/** `GET /`: who answered and how often this visitor has been here; JSON, or a page for clients that prefer HTML. */
export function homeRoute(options: HomeOptions): Router {
  return Router().get('/', options.sessions, async (req, res) => {
    if (!(await pause(options.slowness.delayMs, res))) return;
    const session = countView(req, new Date());
    const member = { ip: memberAddress(req), host: options.memberId, tag: options.memberId };
    const greeting = { hello: 'world!', ...member, sessionViews: session.views, id: session.id };
    res.vary('Accept');
    if (prefersHtml(req)) sendPage(res, options.homePage, greeting);
    else res.json(greeting);
  });
}

/** JSON comes first: whoever accepts anything (curl, load tests, programs) gets it. */
function prefersHtml(req: Request): boolean {
  return req.accepts(['json', 'html']) === 'html';
}

function sendPage(res: Response, homePage: HomePage, greeting: Greeting): void {
  const page = homePage(greeting);
  res.set('Content-Security-Policy', page.policy).type('html').send(page.html);
}
