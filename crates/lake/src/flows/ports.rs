//! What a port says about who listens on it.

/// How likely it is that somebody listens on a port. Of two ports the likelier one is the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PortClass {
    /// A service that is widely used, below 1024.
    System,
    /// Below 1024: only the system's administrator can listen there.
    Low,
    /// A service that is widely used, from 1024 on.
    Service,
    /// Clients may be given it, for instance by a NAT gateway (1024 to 65535).
    Middle,
    /// Linux gives clients ports from here on (32768 to 60999), Windows from 49152.
    Ephemeral,
}

/// Services that listen below 1024 (IANA, "Service Name and Transport Protocol Port Number Registry").
const SYSTEM: &[u16] = &[
    20, 21, 22, 23, 25, 53, 67, 69, 80, 88, 110, 111, 123, 135, 137, 138, 139, 143, 161, 162, 179,
    389, 443, 445, 464, 465, 500, 514, 515, 546, 547, 554, 587, 631, 636, 853, 860, 873, 902, 989,
    990, 993, 995,
];

/// Services that listen from 1024 on: databases, caches, brokers, proxies, remote administration.
const SERVICES: &[u16] = &[
    1080, 1194, 1433, 1434, 1494, 1521, 1645, 1646, 1701, 1723, 1812, 1813, 1883, 2049, 2181, 2375,
    2376, 2377, 2379, 2380, 2409, 3000, 3128, 3260, 3268, 3269, 3306, 3389, 4317, 4318, 4369, 4443,
    4500, 5000, 5044, 5060, 5061, 5222, 5353, 5432, 5439, 5601, 5671, 5672, 5900, 5985, 5986, 6000,
    6379, 6380, 6443, 6514, 7000, 7001, 7077, 7199, 7474, 7687, 8000, 8008, 8080, 8081, 8086, 8088,
    8125, 8200, 8300, 8301, 8302, 8443, 8472, 8500, 8530, 8531, 8600, 8883, 8888, 9000, 9042, 9090,
    9091, 9092, 9093, 9094, 9096, 9098, 9100, 9160, 9200, 9300, 9389, 9418, 9443, 10250, 10255,
    10256, 11211, 11434, 15672, 25565, 26379, 27017, 27018, 27019,
];

/// The first port that Linux gives to clients (`net.ipv4.ip_local_port_range`).
const FIRST_EPHEMERAL: u16 = 32_768;

pub(crate) fn class(port: u16) -> PortClass {
    let is_in = |ports: &[u16]| ports.binary_search(&port).is_ok();
    match port {
        0..1024 if is_in(SYSTEM) => PortClass::System,
        0..1024 => PortClass::Low,
        _ if is_in(SERVICES) => PortClass::Service,
        FIRST_EPHEMERAL.. => PortClass::Ephemeral,
        _ => PortClass::Middle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_classes() {
        assert!(
            SYSTEM.is_sorted() && SERVICES.is_sorted(),
            "they are searched"
        );
        for (port, expected) in [
            (443, PortClass::System),
            (700, PortClass::Low),
            (3306, PortClass::Service),
            (1023, PortClass::Low),
            (1024, PortClass::Middle),
            (32_767, PortClass::Middle),
            (32_768, PortClass::Ephemeral),
            (65_535, PortClass::Ephemeral),
        ] {
            assert_eq!(class(port), expected, "{port}");
        }
    }
}
