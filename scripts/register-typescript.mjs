/**
 * @file Lets Node run TypeScript, worker threads included: node --import ./scripts/register-typescript.mjs FILE.
 * (`--import tsx` leaves worker threads out on Node 20.)
 */
import { register } from 'tsx/esm/api';

register();
