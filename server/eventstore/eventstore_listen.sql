-- Hears what other nodes send with eventstore_hint, from its commit on. No parameters.
listen gachapon_log
