import Testing

@testable import ChatChildren

@Suite struct CircuitTests {
  private func open(at now: Duration = .zero) -> Circuit {
    var circuit = Circuit()
    for _ in 0..<Circuit.limit { circuit.timedOut(now: now) }
    return circuit
  }

  /// Whether the circuit admits a message at each of these times, in turn.
  private func admits(_ circuit: inout Circuit, _ seconds: Double...) -> [Bool] {
    seconds.map { circuit.admits(now: .seconds($0)) }
  }

  @Test func `It opens at the fifth timeout in a row and not before`() {
    var circuit = Circuit()
    for _ in 1..<Circuit.limit {
      circuit.timedOut(now: .zero)
      let isAdmitted = circuit.admits(now: .zero)
      #expect(isAdmitted && circuit.openUntil == nil)
    }
    circuit.timedOut(now: .seconds(7))
    #expect(circuit.openUntil == .seconds(37))
    let admitted = admits(&circuit, 7)
    #expect(admitted == [false])
  }

  @Test func `An answer in time starts the count anew`() {
    var circuit = Circuit()
    for _ in 0..<20 {
      for _ in 1..<Circuit.limit { circuit.timedOut(now: .zero) }
      circuit.answered()
    }
    #expect(circuit == Circuit())
  }

  @Test func `After the pause one message is the probe and all others are skipped`() {
    var circuit = open()
    let admitted = admits(&circuit, 29.999, 30, 30, 3000)
    #expect(admitted == [false, true, false, false])
    circuit.answered()
    #expect(circuit == Circuit())
  }

  @Test func `A probe that times out doubles the pause, up to five minutes`() {
    var circuit = open()
    var now = Duration.zero
    for pause in [30, 60, 120, 240, 300, 300] {
      #expect(circuit.openUntil == now + .seconds(pause))
      now += .seconds(pause)
      let isAdmitted = circuit.admits(now: now)
      #expect(isAdmitted)
      circuit.timedOut(now: now)
    }
  }

  @Test func `Messages that were out when it opened change nothing`() {
    var circuit = open()
    circuit.timedOut(now: .seconds(29))
    #expect(circuit.openUntil == .seconds(30))
  }

  @Test func `A probe that was no fair try is made again at once`() {
    var circuit = open()
    var admitted = admits(&circuit, 30)
    circuit.abandoned(now: .seconds(31))
    admitted += admits(&circuit, 31, 31)
    #expect(admitted == [true, true, false])
  }

  @Test func `Another process is probed at once`() {
    var circuit = open()
    circuit.renewed(now: .seconds(1))
    let admitted = admits(&circuit, 1, 1)
    #expect(admitted == [true, false])
    var closed = Circuit()
    closed.renewed(now: .seconds(1))
    closed.abandoned(now: .seconds(1))
    #expect(closed == Circuit())
  }
}
