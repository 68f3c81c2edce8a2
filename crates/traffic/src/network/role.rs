//! What interfaces are there for.

/// What an interface is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    LoadBalancer,
    NatGateway,
    /// Servers with a public address.
    Edge,
    Web,
    Application,
    Database,
    Cache,
    /// Name servers of the account's own: AWS's resolver is never recorded.
    NameServer,
    /// In the second VPC.
    Batch,
    Idle,
}

impl Role {
    pub(super) const ALL: [Self; 10] = [
        Self::LoadBalancer,
        Self::NatGateway,
        Self::Edge,
        Self::Web,
        Self::Application,
        Self::Database,
        Self::Cache,
        Self::NameServer,
        Self::Batch,
        Self::Idle,
    ];

    /// Of 100 interfaces, and at least.
    fn share(self) -> (u32, u32) {
        match self {
            Self::LoadBalancer => (3, 2),
            Self::NatGateway => (1, 2),
            Self::Edge => (16, 2),
            Self::Web => (20, 2),
            Self::Application => (22, 3),
            Self::Database => (6, 2),
            Self::Cache => (5, 1),
            Self::NameServer => (1, 1),
            Self::Batch => (18, 2),
            Self::Idle => (8, 1),
        }
    }

    pub(crate) fn is_public(self) -> bool {
        matches!(self, Self::LoadBalancer | Self::NatGateway | Self::Edge)
    }

    /// In words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LoadBalancer => "load balancer",
            Self::NatGateway => "NAT gateway",
            Self::Edge => "server with a public address",
            Self::Web => "web server",
            Self::Application => "application server",
            Self::Database => "database",
            Self::Cache => "cache",
            Self::NameServer => "name server",
            Self::Batch => "batch server",
            Self::Idle => "idle",
        }
    }

    /// Load balancers and NAT gateways are AWS's own: they have no instance.
    pub(super) fn has_instance(self) -> bool {
        !matches!(self, Self::LoadBalancer | Self::NatGateway)
    }
}

/// How many interfaces there are of each role. If there must be exactly so many, application servers make up for what is
/// missing; of what is too much, those go of which there are enough.
pub(super) fn counts(interfaces: u32, exact: bool) -> Vec<(Role, u32)> {
    let count = |role: Role| {
        let (share, least) = role.share();
        (role, (interfaces * share / 100).max(least))
    };
    let mut counts: Vec<_> = Role::ALL.into_iter().map(count).collect();
    let total: u32 = counts.iter().map(|(_, count)| count).sum();
    let (mut missing, mut excess) = (
        interfaces.saturating_sub(total),
        total.saturating_sub(interfaces),
    );
    if !exact {
        return counts;
    }
    for (role, count) in &mut counts {
        if *role == Role::Application {
            *count += std::mem::take(&mut missing);
        }
        if [Role::Web, Role::Application, Role::Batch, Role::Edge].contains(role) {
            let gone = excess.min(*count - role.share().1);
            *count -= gone;
            excess -= gone;
        }
    }
    counts
}
