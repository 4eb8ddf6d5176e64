/** @file The thread that measures. */
import { serveThread } from '../runtime/thread.js';
import { measuring } from './measuring.js';

serveThread(measuring);
