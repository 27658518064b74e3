import type { Ways } from '../crowd/ways.ts';
import type { PlannedFault } from '../faults/schedule.ts';
import type { Mode } from '../shop/shop.ts';
import type { Patch } from './build.ts';

/** A way to break the code on purpose, which the checker has to notice. */
export interface Mutant {
  name: string;
  /** What is wrong with it. */
  what: string;
  mode: Mode;
  patches: Patch[];
  /** Rules of which one has to be found broken: it must be noticed for what it is. */
  rules: string[];
  /** What has to happen for it to show; the people alone bring most of them to light. */
  faults?: PlannedFault[];
  /** What people do; all that they do, when not given. */
  ways?: Ways;
  /** How many there are, where it takes more than usual for it to happen for certain. */
  buyers?: number;
}

/** Where most of what can be broken is. */
export const CORE = 'packages/order-core/src';
