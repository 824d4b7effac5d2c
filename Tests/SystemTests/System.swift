import Testing

/// The tests of the built programs: one after the other, since each starts processes of its own and
/// some have deadlines.
@Suite(.serialized, .timeLimit(.minutes(1))) enum System {}
