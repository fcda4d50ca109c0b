-- What rejections were decided on, as of one moment. $1 command ids, $2 stream numbers: the ids that the log holds, and the
-- version of each stream's last event (0: none), in order.
select array(select e.command_id from events e where e.command_id = any ($1::uuid[])),
       array(select coalesce((select e.version from events e where e.stream = s.stream order by e.version desc limit 1),
                             0)::bigint
             from unnest($2::bigint[]) with ordinality as s (stream, ordinal)
             order by s.ordinal)
