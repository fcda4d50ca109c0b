-- Active players by id, a page of them. $1 after this id, $2 at most so many.
select player from players where not deleted and status = 1 and player > $1::uuid order by player limit $2::bigint
