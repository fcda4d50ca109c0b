-- Destroys a stream's personal key, for good; it may be gone already. $1 stream number.
delete from personal_keys where stream = $1::bigint
