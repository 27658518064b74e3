-- A buyer's open holds of one event are counted before another one is made. Of live holds only, however many orders there were.
create index orders_pending_buyer_id_event_id_idx on orders (buyer_id, event_id) where status = 'pending';
