"""What the channel's notes begin with."""

HOLDS, SAYS, CALLS, SENDING = "phone:hold:", "phone:say:", "phone:call:", "phone:sending:"
PASSING = (HOLDS, SAYS, CALLS, SENDING)  # of calls and messages under way: nobody keeps them for long
READ = "phone:read"  # until when all messages that came in are known
FILES = "phone:file:"  # lent out; each says itself until when
