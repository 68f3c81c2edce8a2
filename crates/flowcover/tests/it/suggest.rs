//! Security groups made in moto, flow logs of a month, and the rules that follow.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

use flowcover_testkit::{Caller, Moto, Proxy, Rule, template_problems, tool};
use serde_json::{Value, json};

use crate::support::{Program, Run, list, parse, text};

const REGION: &str = "us-east-1";
/// Beginning of the month that is recorded, Unix seconds.
const START: i64 = 1_793_491_200;
const DAY: i64 = 86_400;

/// A VPC that is recorded, with groups `web`, `db` and `old`; an interface is in each of the first two.
struct Lab {
    moto: Moto,
    proxy: Proxy,
    caller: Caller,
    folder: tempfile::TempDir,
    account: String,
    vpc: String,
    groups: [String; 3],
    interfaces: [String; 2],
    addresses: [String; 2],
}

impl Lab {
    fn new() -> Self {
        let moto = Moto::start();
        let made = parse(&moto.seed_with(&["recorded"], &["--region", REGION]));
        let caller = Caller::new(&moto.url(), &moto.credentials());
        let call = |what: &str, parameters: Value| -> Value {
            let answer = parse(&caller.call(REGION, ["ec2", what], &parameters.to_string()));
            assert!(answer.get("ok").is_some(), "{what}: {answer}");
            answer["ok"].clone()
        };
        let vpc = &list(&made["vpcs"])[0];
        let subnet = &list(&vpc["subnet_ids"])[0];
        let groups = ["web", "db", "old"].map(|name| {
            let group =
                json!({"GroupName": name, "Description": "made by a test", "VpcId": vpc["vpc_id"]});
            text(&call("create_security_group", group)["GroupId"]).to_owned()
        });
        let blocks = json!({"PrefixListName": "partners", "MaxEntries": 5, "AddressFamily": "IPv4",
            "Entries": [{"Cidr": "198.51.100.0/24"}]});
        let partners =
            call("create_managed_prefix_list", blocks)["PrefixList"]["PrefixListId"].clone();
        let allow = |way: &str, group: &str, permission: Value| {
            let permission = json!({"GroupId": group, "IpPermissions": [permission]});
            call(&format!("authorize_security_group_{way}"), permission);
        };
        let tcp = |from: u16, to: u16, peer: Value| {
            let mut permission = json!({"IpProtocol": "tcp", "FromPort": from, "ToPort": to});
            permission
                .as_object_mut()
                .unwrap()
                .extend(peer.as_object().unwrap().clone());
            permission
        };
        let [web, db, old] = &groups;
        let everybody = json!({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
        allow("ingress", web, tcp(443, 443, everybody.clone()));
        allow(
            "ingress",
            web,
            tcp(
                22,
                22,
                json!({"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "from \"home\""}]}),
            ),
        );
        allow(
            "egress",
            web,
            tcp(
                443,
                443,
                json!({"PrefixListIds": [{"PrefixListId": partners}]}),
            ),
        );
        allow("ingress", db, tcp(0, 65535, everybody.clone()));
        allow("ingress", old, tcp(23, 23, everybody));
        let mut taken: BTreeSet<String> =
            list(&call("describe_network_interfaces", json!({}))["NetworkInterfaces"])
                .iter()
                .map(|interface| text(&interface["PrivateIpAddress"]).to_owned())
                .collect();
        // moto draws addresses by lot, and now and then one twice: AWS does not.
        let mut interface = |group: &String| {
            let settings = json!({"SubnetId": subnet, "Groups": [group]});
            let made = (0..100).map(|_| call("create_network_interface", settings.clone()));
            let mut made = made.map(|made| {
                ["NetworkInterfaceId", "PrivateIpAddress"]
                    .map(|key| text(&made["NetworkInterface"][key]).to_owned())
            });
            let [id, address] = made
                .find(|[_, address]| taken.insert(address.clone()))
                .expect("one address in a hundred is free");
            (id, address)
        };
        let interfaces = [interface(web), interface(db)];
        let [first, second] = interfaces;
        let proxy = Proxy::start(moto.address());
        Self {
            account: text(&made["account_id"]).to_owned(),
            vpc: text(&vpc["vpc_id"]).to_owned(),
            moto,
            proxy,
            caller,
            folder: tempfile::tempdir().unwrap(),
            groups,
            interfaces: [first.0, second.0],
            addresses: [first.1, second.1],
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn collect(&self, more: &[&str]) -> Run {
        let path = self.path("snapshot.json");
        Program::new(&[
            "collect", "--depth", "delivery", "--region", REGION, "--output", &path,
        ])
        .with(more)
        .against(&self.proxy.url(), &self.moto.credentials())
        .run()
    }

    fn suggest(&self, more: &[&str]) -> Run {
        let (logs, snapshot) = (self.path("flow.log"), self.path("snapshot.json"));
        Program::new(&[
            "suggest",
            "security-groups",
            &logs,
            "--inventory",
            &snapshot,
        ])
        .with(more)
        .run()
    }

    /// What one interface wrote of a connection: both ways.
    fn record(
        &self,
        interface: usize,
        [client, server]: [&str; 2],
        port: u16,
        day: i64,
        action: &str,
    ) -> String {
        let start = START + day * DAY;
        let head = format!("2 {} {}", self.account, self.interfaces[interface]);
        let tail = format!("6 5 500 {start} {} {action} OK", start + 60);
        let back = if action == "ACCEPT" {
            format!("{head} {server} {client} {port} 50000 {tail}\n")
        } else {
            String::new()
        };
        format!("{head} {client} {server} 50000 {port} {tail}\n{back}")
    }

    /// A month of a website: callers from the internet, its database, and a partner that it calls.
    fn write_month(&self) {
        let [web, db] = [&*self.addresses[0], &*self.addresses[1]];
        let mut log = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n".to_owned();
        for day in 0..30 {
            let caller = format!("192.0.2.{}", day % 4);
            log += &self.record(0, [&caller, web], 443, day, "ACCEPT");
            log += &self.record(0, [web, db], 5432, day, "ACCEPT");
            log += &self.record(1, [web, db], 5432, day, "ACCEPT");
            log += &self.record(0, [web, "198.51.100.7"], 443, day, "ACCEPT");
            log += &self.record(0, ["203.0.113.9", web], 3389, day, "REJECT");
        }
        let _ = writeln!(
            log,
            "2 {} {} - - - - - - - {START} {} - NODATA",
            self.account,
            self.interfaces[1],
            START + 60
        );
        std::fs::write(self.path("flow.log"), log).unwrap();
    }

    /// The rules of a group as moto has them.
    fn rules(&self, group: usize) -> BTreeSet<String> {
        let answer = self
            .caller
            .call(REGION, ["ec2", "describe_security_group_rules"], "{}");
        let rules = parse(&answer)["ok"]["SecurityGroupRules"].clone();
        let rules = list(&rules).iter();
        rules
            .filter(|rule| rule["GroupId"] == self.groups[group].as_str())
            .map(|rule| {
                let way = if rule["IsEgress"] == true {
                    "out"
                } else {
                    "in"
                };
                let peer = [
                    &rule["CidrIpv4"],
                    &rule["PrefixListId"],
                    &rule["ReferencedGroupInfo"]["GroupId"],
                ];
                let peer = peer.into_iter().find_map(Value::as_str).unwrap();
                let peer = self
                    .groups
                    .iter()
                    .position(|id| id == peer)
                    .map_or(peer, |at| ["web", "db", "old"][at]);
                let peer = if peer.starts_with("pl-") {
                    "partners"
                } else {
                    peer
                };
                format!(
                    "{way} {} {}-{} {peer}",
                    text(&rule["IpProtocol"]),
                    rule["FromPort"],
                    rule["ToPort"]
                )
            })
            .collect()
    }
}

fn group<'a>(suggestion: &'a Value, id: &str) -> &'a Value {
    let mut groups = list(&suggestion["groups"]).iter();
    groups.find(|group| group["group_id"] == id).unwrap()
}

/// What is said of the rules of a group: service and peer, and how it stands.
fn standings(group: &Value) -> Vec<String> {
    let rules = list(&group["rules"]).iter();
    let mut standings: Vec<String> = rules
        .map(|rule| {
            let (direction, service) =
                (text(&rule["allow"]["direction"]), &rule["allow"]["service"]);
            let flows = &rule["usage"]["flows"];
            let standing = text(&rule["standing"]["standing"]);
            format!(
                "{direction} {}-{} {flows} {standing}",
                service["from"], service["to"]
            )
        })
        .collect();
    standings.sort_unstable();
    standings
}

#[test]
fn rules_that_were_used_unused_and_too_broad_are_told_apart() {
    let lab = Lab::new();
    lab.write_month();
    let collected = lab.collect(&["--security-groups"]);
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    assert!(
        collected.stderr.contains("security groups, 0 gaps"),
        "{}",
        collected.stderr
    );
    let run = lab.suggest(&["--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let suggestion = parse(&run.stdout);
    assert_eq!(suggestion["schema"], "flowcover.suggestion/1");
    assert_eq!(
        (&suggestion["flows"], &suggestion["rejected"]),
        (&json!(90), &json!(30))
    );
    assert_eq!(suggestion["replay"]["flows"], 90);
    assert_eq!(suggestion["replay"]["blocked_flows"], 0);
    assert_eq!(suggestion["covered"]["nodata"], 1);
    let [web, db, old] = [0, 1, 2].map(|at| group(&suggestion, &lab.groups[at]));
    assert_eq!(
        standings(web),
        [
            "egress 443-443 30 fits",
            "egress null-null 60 broader",
            "ingress 22-22 0 unused",
            "ingress 443-443 30 broader",
        ]
    );
    assert_eq!(
        standings(db),
        ["egress null-null 0 unused", "ingress 0-65535 30 broader"]
    );
    assert_eq!(old["status"]["why"]["reason"], "not-attached");
    assert_eq!(web["vpc_id"], lab.vpc);
    // Two flow-log interfaces of the seed are in the default group: nothing was seen of them.
    let warnings: BTreeSet<&str> = list(&suggestion["warnings"])
        .iter()
        .map(|it| text(&it["warning"]))
        .collect();
    assert!(
        !warnings.contains("window-too-short") && !warnings.contains("not-explained"),
        "{warnings:?}"
    );

    let table = lab.suggest(&["--only", &lab.groups[1]]);
    assert_eq!(table.code, 0, "{}", table.stderr);
    for said in [
        "0 of 90 accepted flows would have been blocked",
        "- ingress tcp 0-65535 from 0.0.0.0/0",
        &format!("+ ingress tcp 5432 from {}", lab.groups[0]),
        "1 to authorize, 2 to revoke",
    ] {
        assert!(table.stdout.contains(said), "{said}\n{}", table.stdout);
    }
    assert!(
        !table.stdout.contains(&format!("{} (", lab.groups[0])),
        "{}",
        table.stdout
    );
}

#[test]
fn terraform_and_markdown_are_written_beside_each_other() {
    let lab = Lab::new();
    lab.write_month();
    lab.collect(&["--security-groups", "--quiet"]);
    let [terraform, page] = ["rules.tf", "rules.md"].map(|name| lab.path(name));
    let run = lab.suggest(&[
        "--format",
        "terraform",
        "--output",
        &terraform,
        "--output",
        &page,
    ]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let module = std::fs::read_to_string(terraform).unwrap();
    assert_eq!(template_problems("terraform", &module), "", "{module}");
    assert!(
        module.contains("# Replayed: 0 of 90 accepted flows would have been blocked."),
        "{module}"
    );
    assert_eq!(
        module.matches("resource \"aws_vpc_security_group_").count(),
        4,
        "{module}"
    );
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.starts_with("## Security groups: 2 of "), "{page}");
}

#[test]
fn the_script_leaves_the_proposed_rules_and_nothing_more_is_suggested() {
    let lab = Lab::new();
    lab.write_month();
    lab.collect(&["--security-groups", "--quiet"]);
    let script = lab.path("rules.sh");
    let run = lab.suggest(&["--output", &script]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let unchanged = lab.rules(2);
    let home = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .arg(&script)
        .env_clear()
        .env(
            "PATH",
            format!(
                "{}:/usr/local/bin:/usr/bin:/bin",
                tool("aws").parent().unwrap().display()
            ),
        )
        .env("HOME", home.path())
        .envs(lab.moto.credentials().environment(&lab.moto.url()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{said}\n{}",
        std::fs::read_to_string(&script).unwrap()
    );
    let set = |rules: &[&str]| {
        rules
            .iter()
            .map(|it| (*it).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        lab.rules(0),
        set(&[
            "in tcp 443-443 192.0.2.0/30",
            "out tcp 443-443 partners",
            "out tcp 5432-5432 db"
        ])
    );
    assert_eq!(lab.rules(1), set(&["in tcp 5432-5432 web"]));
    assert_eq!(lab.rules(2), unchanged);
    lab.collect(&["--security-groups", "--quiet"]);
    let again = lab.suggest(&["--format", "aws-cli"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stdout.contains("# Nothing is to be changed."),
        "{}",
        again.stdout
    );
}

#[test]
fn what_was_denied_is_said_and_gives_no_advice() {
    let lab = Lab::new();
    lab.write_month();
    lab.proxy.add(Rule::on("ec2:DescribeSecurityGroups").deny());
    let collected = lab.collect(&["--security-groups"]);
    assert_eq!(collected.code, 3, "{}", collected.stderr);
    let run = lab.suggest(&["--format", "terraform"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
    assert!(
        run.stderr
            .contains("ec2:DescribeSecurityGroups was denied in"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("hint: `flowcover permissions collect --security-groups`"),
        "{}",
        run.stderr
    );

    lab.proxy.clear_rules();
    lab.proxy
        .add(Rule::on("ec2:DescribeSecurityGroupRules").deny());
    assert_eq!(lab.collect(&["--security-groups"]).code, 3);
    let run = lab.suggest(&["--format", "terraform"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(!run.stdout.contains("resource"), "{}", run.stdout);
    assert!(
        run.stdout.contains("# Warning: rules were not all read of"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("# Warning: ec2:DescribeSecurityGroupRules was denied"),
        "{}",
        run.stdout
    );

    // Without its interfaces, nobody knows whose traffic a group lets through.
    lab.proxy.clear_rules();
    lab.proxy
        .add(Rule::on("ec2:DescribeNetworkInterfaces").deny());
    assert_eq!(lab.collect(&["--security-groups"]).code, 3);
    let run = lab.suggest(&["--format", "aws-cli"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(
        run.stdout.contains("# Nothing is to be changed."),
        "{}",
        run.stdout
    );
}

#[test]
fn what_cannot_be_used_is_said_in_one_line() {
    let lab = Lab::new();
    lab.write_month();
    assert_eq!(lab.collect(&["--quiet"]).code, 0);
    let run = lab.suggest(&[]);
    assert_eq!(run.code, 2);
    assert_eq!(run.complaints("error:").len(), 1, "{}", run.stderr);
    assert!(
        run.stderr.contains("was collected without security groups"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("hint: `flowcover collect --security-groups"),
        "{}",
        run.stderr
    );
    lab.collect(&["--security-groups", "--quiet"]);
    for (arguments, said) in [
        (
            &["--only", "sg-0123"][..],
            "the inventory has no security group sg-0123",
        ),
        (&["--only", "web"][..], "`web` is not a security group"),
        (&["--format", "html"][..], "`html` is not a format"),
        (
            &["--pseudonymise", "env:KEY"][..],
            "rules need true addresses",
        ),
    ] {
        let run = lab.suggest(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
    let without = Program::new(&["suggest", "security-groups", "x"]).run();
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("--inventory"), "{}", without.stderr);
}

#[test]
fn a_short_or_rejected_window_is_warned_of() {
    let lab = Lab::new();
    lab.collect(&["--security-groups", "--quiet"]);
    let [web, db] = [&*lab.addresses[0], &*lab.addresses[1]];
    let head = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n";
    let rejected = lab.record(0, ["203.0.113.9", web], 3389, 0, "REJECT");
    std::fs::write(lab.path("flow.log"), format!("{head}{rejected}")).unwrap();
    let run = lab.suggest(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("only rejected flows were seen (1)"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("\n  + "), "{}", run.stdout);
    let accepted = lab.record(1, [web, db], 5432, 1, "ACCEPT");
    std::fs::write(lab.path("flow.log"), format!("{head}{rejected}{accepted}")).unwrap();
    let run = lab.suggest(&["--format", "diff"]);
    assert!(
        run.stdout.contains("warning: the flows span 0 days"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("\n+ ingress tcp 5432"),
        "{}",
        run.stdout
    );
}

/// Answers of the AWS CLI in a folder suggest what a snapshot suggests.
#[test]
fn a_folder_of_saved_answers_is_as_good_as_a_snapshot() {
    let lab = Lab::new();
    lab.write_month();
    lab.collect(&["--security-groups", "--quiet"]);
    let suggested = |run: &Run| {
        assert_eq!(run.code, 0, "{}", run.stderr);
        parse(&run.stdout)
    };
    let expected = suggested(&lab.suggest(&["--format", "json"]));
    let saved = lab.folder.path().join("saved");
    let at = saved.join(&lab.account).join(REGION);
    std::fs::create_dir_all(&at).unwrap();
    let save = |command: &str, parameters: Value| {
        let operation = command.replace('-', "_");
        let answer = lab
            .caller
            .call(REGION, ["ec2", &operation], &parameters.to_string());
        let mut answer = parse(&answer)["ok"].clone();
        answer.as_object_mut().unwrap().remove("ResponseMetadata");
        let name = match parameters["PrefixListId"].as_str() {
            Some(id) => format!("{command}-{id}.json"),
            None => format!("{command}.json"),
        };
        std::fs::write(at.join(name), answer.to_string()).unwrap();
        answer
    };
    save("describe-vpcs", json!({}));
    save("describe-flow-logs", json!({}));
    save("describe-network-interfaces", json!({}));
    let suggest = || {
        let path = lab.path("flow.log");
        Program::new(&["suggest", "security-groups", &path, "--format", "json"])
            .with(&["--inventory", saved.to_str().unwrap()])
            .run()
    };
    let refused = suggest();
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    let errors = refused.complaints("error:");
    assert!(
        errors.len() == 1 && errors[0].contains("no answer of describe-security-groups"),
        "{}",
        refused.stderr
    );
    let hints = refused.complaints("hint:");
    assert!(
        hints.len() == 1 && hints[0].contains("aws ec2 describe-security-groups >"),
        "{}",
        refused.stderr
    );

    save("describe-security-groups", json!({}));
    let run = suggest();
    assert_eq!(run.code, 3, "a prefix list is missing: {}", run.stderr);
    let gaps = parse(&run.stdout)["covered"]["gaps"].clone();
    let gap = text(&list(&gaps)[0]);
    assert!(
        gap.contains(
            "was not saved: `aws ec2 get-managed-prefix-list-entries --prefix-list-id pl-"
        ),
        "{gap}"
    );
    let lists = save("describe-managed-prefix-lists", json!({}));
    for prefix_list in list(&lists["PrefixLists"]) {
        let id = &prefix_list["PrefixListId"];
        save(
            "get-managed-prefix-list-entries",
            json!({"PrefixListId": id}),
        );
    }
    let mut found = suggested(&suggest());
    let mut wanted = expected.clone();
    // The rules within groups have no ids; nothing else differs.
    let forget_ids = |suggestion: &mut Value| {
        for group in suggestion["groups"].as_array_mut().unwrap() {
            for rule in group["rules"].as_array_mut().unwrap() {
                rule["rule_id"] = Value::Null;
            }
            let rules = group["rules"].as_array_mut().unwrap();
            rules.sort_by_key(ToString::to_string);
            for rule in group["proposal"].as_array_mut().unwrap() {
                rule["rule_id"] = Value::Null;
                rule["instead_of"] = json!([]);
            }
            group["diff"] = Value::Null;
            group["proposed"] = Value::Null;
        }
    };
    forget_ids(&mut found);
    forget_ids(&mut wanted);
    assert_eq!(found["groups"], wanted["groups"]);
    assert_eq!(found["replay"], wanted["replay"]);

    save("describe-security-group-rules", json!({}));
    let found = suggested(&suggest());
    assert_eq!(found["groups"], expected["groups"]);
    assert_eq!(found["replay"], expected["replay"]);
}
