//! What one node does; together the nodes do everything.

/// The parts of the work that can be switched on and off for each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each part has its own switch")]
pub struct Roles {
    /// Answers requests. What must be handed over at once is handed over by the node that was asked.
    pub api: bool,
    /// Hands queued things to the outside: SMS, e-mail, messages, webhooks.
    pub deliver: bool,
    /// Asks the channels for what has come in.
    pub receive: bool,
    /// Numbers, expires and cleans up, while it leads.
    pub sweep: bool,
}

impl Roles {
    /// Everything, as a single node must.
    pub const fn all() -> Self {
        Self { api: true, deliver: true, receive: true, sweep: true }
    }
}

impl Default for Roles {
    fn default() -> Self {
        Self::all()
    }
}
