-- Takes a new writer number in place of this node's last one. $1 node.
select writer, head_position, epoch, chain from take_writer($1::text)
