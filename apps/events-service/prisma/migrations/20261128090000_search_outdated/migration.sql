-- Events whose search words are not of the current folding, which marks them with '#2' (src/search/stored-words.ts).
-- Those that the release before has written, and goes on writing, are among them; events-service refills them, the
-- latest first. The index is empty most of the time.
create index events_search_outdated_idx on events (starts_at) where '#2' <> all (search_words);
