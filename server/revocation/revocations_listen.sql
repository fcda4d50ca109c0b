-- Hears what other nodes send with revocations_tell, from its commit on. No parameters.
listen gachapon_revocations
