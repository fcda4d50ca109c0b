-- Hears what other nodes send with sign_ins_hint, from its commit on. No parameters.
listen gachapon_sign_ins
