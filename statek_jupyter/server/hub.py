"""Brings clients and topics together: one watch of the store for the whole server, however many clients there are."""

from __future__ import annotations

import secrets
import threading

from statek_jupyter.api.jobs_list import JobsQuestion
from statek_jupyter.server.opened import OpenedStore
from statek_jupyter.server.topics import Follower, JobTopic, ListTopic, Topic
from statek_jupyter.store import Store
from statek_jupyter.views.live import Feed, feed_of

Subject = str | JobsQuestion
"""The id of a job, or which list."""


class Hub:
    """The topics of one server."""

    def __init__(self, opened: OpenedStore) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._topics: dict[Subject, Expiring] = {}
        self._feed: tuple[Store, Feed] | None = None
        self.epoch = secrets.token_hex(8)
        """Versions count within one; another server begins another."""

    def follow(self, subject: Subject, follower: Follower, key: str, have: int | None) -> None:
        """Send what `subject` is and becomes to `follower`. May open the store: not for the event loop.

        Args:
            subject: What to follow.
            follower: Where frames go, marked with `key`.
            key: The follower's own name for the subject.
            have: The version the follower has already, of this epoch.

        Raises:
            StoreError: The store cannot be opened.
        """
        store = self._opened.get()
        with self._lock:
            feed = self._feed_of(store)
            topic = self._topics.get(subject)
            if topic is None or topic.topic.ended:
                made = JobTopic(store, subject) if isinstance(subject, str) else ListTopic(store, subject)
                topic = self._topics[subject] = Expiring(self, subject, made)
                feed.add(topic)
            topic.topic.join(follower, key, have)
            feed.wake(topic)

    def leave(self, follower: Follower, key: str | None = None) -> None:
        """Send nothing more to this follower, or nothing more under this key."""
        with self._lock:
            topics = list(self._topics.values())
        for topic in topics:
            topic.topic.leave(follower, key)

    def expire(self, topic: Expiring) -> None:
        """Forget a topic, if nobody came back to it."""
        with self._lock:
            if not topic.topic.abandoned:
                return
            if self._topics.get(topic.subject) is topic:
                del self._topics[topic.subject]
            if self._feed is not None:
                self._feed[1].remove(topic)

    def cut_off(self) -> None:
        """The store is lost: let followers go, so that they come back and find the next one, or its problem."""
        with self._lock:
            topics = [one.topic for one in self._topics.values()]
        self.close()
        for topic in topics:
            topic.cut_off()

    def close(self) -> None:
        """Forget all topics; their followers get nothing more."""
        with self._lock:
            for topic in self._topics.values():
                if self._feed is not None:
                    self._feed[1].remove(topic)
            self._topics.clear()
            self._feed = None

    def _feed_of(self, store: Store) -> Feed:
        if self._feed is None or self._feed[0] is not store:
            self._topics.clear()
            self._feed = store, feed_of(store)
        return self._feed[1]


class Expiring:
    """A topic as the feed sees it; takes itself out of the hub once it is abandoned."""

    def __init__(self, hub: Hub, subject: Subject, topic: Topic) -> None:
        self._hub = hub
        self.subject = subject
        self.topic = topic

    def concerns(self, job_ids: frozenset[str]) -> bool:
        """See `LiveView`."""
        return self.topic.concerns(job_ids)

    def ticks(self) -> bool:
        """See `LiveView`."""
        return self.topic.ticks()

    def refresh(self, changed: bool) -> None:
        """Refresh the topic, or forget it."""
        if self.topic.abandoned:
            self._hub.expire(self)
        else:
            self.topic.refresh(changed)
