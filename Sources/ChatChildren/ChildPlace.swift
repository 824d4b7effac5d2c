import ChatCore
import NIOCore

/// What every child of a supervisor shares.
struct ChildPlace: Sendable {
  /// The children's sockets, timers and lifecycles.
  let loop: any EventLoop
  /// The children's output.
  let pipeLoop: any EventLoop
  let warden: Warden
  /// Where the children's sockets are; its path is short.
  let socketFolder: String
  /// Where chatd's own programs are.
  let chatdFolder: String
  /// chatd's own environment, of which children see what their manifests name.
  let environment: [String: String]
  let host: any ChildHost
  let publish: @Sendable (Event) -> Void
  /// Says something in chatd's own log.
  let report: @Sendable (String) -> Void
  /// It and its children hold one another: both live as long as the program.
  let supervisor: Supervisor

  /// Delivers to the generation that `occurrence` belongs to. Called on `loop`.
  func deliver(_ child: ChildID, _ generation: Int64, _ occurrence: Child.Occurrence) {
    supervisor.assumeIsolated { $0.occurred(occurrence, to: child, generation: generation) }
  }

  /// Delivers `occurrence` after `delay`.
  @discardableResult
  func after(
    _ delay: Duration, _ child: ChildID, _ generation: Int64, _ occurrence: Child.Occurrence
  ) -> Scheduled<Void> {
    loop.scheduleTask(in: TimeAmount(delay)) { deliver(child, generation, occurrence) }
  }
}
