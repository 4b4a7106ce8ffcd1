export type { ClusterEvent, ClusterEventType, RecordedEvent } from './events/event.js';
export type { MemberView, ServerView, WatcherStatus } from './watcher/status.js';
