-- One row: cached copies belong to an epoch, and the next one ends them all (docs/decisions/0008).
create table cache_epoch (
    id smallint not null,
    epoch bigint not null,

    constraint cache_epoch_pkey primary key (id),
    constraint cache_epoch_id_check check (id = 1)
);

insert into cache_epoch (id, epoch) values (1, 1);
