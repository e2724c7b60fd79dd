"""Operations as generators without I/O: what to send, what to make of the answer, when to go on."""
