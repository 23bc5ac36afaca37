/** What a page of the screen is: its tabs, its list, its keys and its body. */
import type { ReactNode } from 'react';
import type { Tab } from '../../components/tab-line.ts';
import type { App } from '../../store/app.ts';
import type { AppState, PageId } from '../../store/state.ts';
import type { Action } from '../keys/actions.ts';
import type { ListHandle } from '../lists/handle.ts';

export interface PageProps {
  readonly state: AppState;
  readonly width: number;
  readonly height: number;
}

export interface Page {
  readonly id: PageId;
  readonly title: string;
  readonly tabs: readonly Tab[];
  /** The list that keys go to; null: none here. */
  list(state: AppState): ListHandle | null;
  /** Its own keys, most important first: they are what the hint line shows. */
  actions(state: AppState): readonly Action[];
  /** Called after every change of what is shown here, for what is read only when somebody looks at it. */
  readonly onShow?: (app: App) => void;
  readonly Body: (props: PageProps) => ReactNode;
}
