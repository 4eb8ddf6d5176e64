/** @file What a server of ours is made of. */
export { isLoopback, readToken, TOKEN_VARIABLE } from './access.js';
export { type AppOptions, createApp } from './app.js';
export { type Listening, listen, untilAnswered } from './listen.js';
export { mediaType, type Page, readPages, servePages } from './pages.js';
export { Problem, type ProblemBody, problemBody, type Statuses } from './problem.js';
