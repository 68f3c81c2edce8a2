//! Log groups: made, changed and deleted.

use flowcover_cloud::{DescribeLogGroups, ErrorKind};
use flowcover_core::inventory::LogGroup;

use super::*;

const NAME: &str = "/flowcover/eu-west-1/vpc-1";

fn arn() -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{NAME}")
}

fn retention(name: &str, days: u32) -> PutRetentionPolicy {
    PutRetentionPolicy {
        log_group_name: name.to_owned(),
        retention_in_days: days,
    }
}

async fn told(lab: &Lab) -> Option<LogGroup> {
    let describe = DescribeLogGroups {
        log_group_identifiers: vec![arn()],
        next_token: None,
    };
    let mut page = lab.ask(describe).await.unwrap();
    assert!(page.items.len() <= 1);
    page.items.pop()
}

#[tokio::test]
async fn a_group_is_made_once_with_its_tags_and_never_expires_at_first() {
    let lab = Lab::new();
    lab.ask(group(NAME)).await.unwrap();
    let made = told(&lab).await.unwrap();
    assert_eq!((made.arn, made.retention_in_days), (arn(), None));
    let list = ListTagsForResource {
        resource_arn: arn(),
    };
    assert_eq!(lab.ask(list).await.unwrap(), tags());
    let untagged = CreateLogGroup {
        tags: Tags::new(),
        ..group(NAME)
    };
    let error = lab.ask(untagged).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::AlreadyExists, "ResourceAlreadyExistsException")
    );
    for name in ["", "with space", &"n".repeat(513)] {
        let refused = code(lab.ask(group(name)).await);
        assert_eq!(refused, "InvalidParameterException", "{name}");
    }
}

#[tokio::test]
async fn only_the_retentions_that_are_listed_are_taken() {
    let lab = Lab::new();
    lab.ask(group(NAME)).await.unwrap();
    for days in [0, 2, 31, 364, 366, 3654] {
        let refused = code(lab.ask(retention(NAME, days)).await);
        assert_eq!(refused, "InvalidParameterException", "{days}");
    }
    assert_eq!(told(&lab).await.unwrap().retention_in_days, None);
    for days in [1, 365, 3653] {
        lab.ask(retention(NAME, days)).await.unwrap();
        assert_eq!(told(&lab).await.unwrap().retention_in_days, Some(days));
    }
    let log_group_name = NAME.to_owned();
    lab.ask(DeleteRetentionPolicy { log_group_name })
        .await
        .unwrap();
    assert_eq!(told(&lab).await.unwrap().retention_in_days, None);
}

#[tokio::test]
async fn a_key_must_let_the_service_use_it() {
    let lab = Lab::new();
    let good = key(&lab);
    let closed = {
        let mut world = lab.simulator.world();
        let policy = policies::key_for_owner(ACCOUNT);
        world.create_key(ACCOUNT, REGION, &policy).unwrap()
    };
    let none = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/none");
    for kms_key_id in [&closed, &none] {
        let with_key = CreateLogGroup {
            kms_key_id: Some(kms_key_id.clone()),
            ..group(NAME)
        };
        let refused = code(lab.ask(with_key).await);
        assert_eq!(refused, "InvalidParameterException");
    }
    assert_eq!(told(&lab).await, None);
    let with_key = CreateLogGroup {
        kms_key_id: Some(good.clone()),
        ..group(NAME)
    };
    lab.ask(with_key).await.unwrap();
    assert_eq!(told(&lab).await.unwrap().kms_key_id, Some(good.clone()));
    let log_group_name = NAME.to_owned();
    lab.ask(DisassociateKmsKey {
        log_group_name: log_group_name.clone(),
    })
    .await
    .unwrap();
    assert_eq!(told(&lab).await.unwrap().kms_key_id, None);
    for (kms_key_id, answer) in [(closed, "InvalidParameterException"), (good.clone(), "ok")] {
        let associate = AssociateKmsKey {
            log_group_name: log_group_name.clone(),
            kms_key_id,
        };
        assert_eq!(code(lab.ask(associate).await), answer);
    }
    assert_eq!(told(&lab).await.unwrap().kms_key_id, Some(good));
}

#[tokio::test]
async fn what_a_group_that_does_not_exist_answers() {
    let lab = Lab::new();
    let log_group_name = NAME.to_owned();
    let kms_key_id = key(&lab);
    let answers = [
        code(lab.ask(retention(NAME, 30)).await),
        code(
            lab.ask(DeleteRetentionPolicy {
                log_group_name: log_group_name.clone(),
            })
            .await,
        ),
        code(
            lab.ask(AssociateKmsKey {
                log_group_name: log_group_name.clone(),
                kms_key_id,
            })
            .await,
        ),
        code(
            lab.ask(DisassociateKmsKey {
                log_group_name: log_group_name.clone(),
            })
            .await,
        ),
        code(lab.ask(DeleteLogGroup { log_group_name }).await),
        code(
            lab.ask(ListTagsForResource {
                resource_arn: arn(),
            })
            .await,
        ),
    ];
    assert!(
        answers.iter().all(|it| it == "ResourceNotFoundException"),
        "{answers:?}"
    );
}

/// The group that AWS makes again is not the one that was deleted: no tags, no retention.
#[tokio::test]
async fn a_group_deleted_before_its_flow_log_is_made_again_without_tags() {
    let lab = Lab::new();
    let permissions = policies::deliver_to(&format!("{}*", arn()), true);
    lab.simulator
        .world()
        .put_role_policy(ACCOUNT, "deliver", "deliver", &permissions)
        .unwrap();
    lab.ask(group(NAME)).await.unwrap();
    lab.ask(retention(NAME, 365)).await.unwrap();
    let to_group = FlowLogRequest {
        log_group_name: Some(NAME.to_owned()),
        ..lab.to_group()
    };
    let id = lab.made(to_group).await;
    lab.advance(3600);
    let delete = DeleteLogGroup {
        log_group_name: NAME.to_owned(),
    };
    lab.ask(delete.clone()).await.unwrap();
    assert_eq!(told(&lab).await, None);
    lab.advance(3600);
    assert_eq!(told(&lab).await.unwrap().retention_in_days, None);
    let list = ListTagsForResource {
        resource_arn: arn(),
    };
    assert_eq!(lab.ask(list).await.unwrap(), Tags::new());
    // The flow log first: then the group stays away.
    lab.delete(&[&id]).await.unwrap();
    lab.ask(delete).await.unwrap();
    lab.advance(3600);
    assert_eq!(told(&lab).await, None);
}
