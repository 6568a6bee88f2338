//! Documents that tell, from a server that says what it is told to.

use cutover::config::JsonPaths;

use super::*;
use crate::common::http::{Answer, Server};

fn paths(url: String) -> JsonPaths {
    JsonPaths {
        url,
        done: Some("status.parts[*].done".to_owned()),
        total: Some("status.total".to_owned()),
        failed: None,
        unit: Some("rows".to_owned()),
        state: Some("state".to_owned()),
        finished: vec!["READY".to_owned()],
        failed_states: vec!["BROKEN".to_owned()],
        headers: vec![("X-Key".to_owned(), "hunter2hunter2".to_owned())],
    }
}

#[test]
fn any_document_is_read_by_its_paths() {
    let document = |done: u32, state: &str| {
        Answer::json(
            200,
            &format!(
                "{{\"state\": \"{state}\", \"status\": {{\"total\": 9, \"parts\": [{{\"done\": {done}}}, {{\"done\": 1}}]}}}}"
            ),
        )
    };
    let server = Server::start(document(3, "WORKING"));
    let mut watched = watch(job(CopySource::Json(Box::new(paths(server.url("/task"))))));
    let copy = watched.until("read", |copy| copy.progress.objects.done == Some(4));
    assert_eq!((copy.progress.objects.total, copy.progress.stage), (Some(9), Stage::Running));
    assert!(server.requests().iter().any(|request| format!("{request:?}").contains("hunter2hunter2")));
    server.answer(document(1, "WORKING"));
    let copy = watched.until("fallen", |copy| copy.progress.objects.done == Some(2));
    assert_eq!(copy.progress.restarts, 1);
    server.answer(Answer::json(500, "{}"));
    let copy = watched.until("failed", is_unreachable);
    assert_eq!(unreachable(&copy), "it answered with 500");
    assert_eq!(copy.progress.objects.done, Some(2), "what is known stays");
    server.answer(Answer::json(200, "{\"other\": 1}"));
    watched.until("nothing there", |copy| {
        is_unreachable(copy) && unreachable(copy).contains("look at the paths")
    });
    server.answer(document(8, "ready"));
    assert!(finished(&watched.until("ended", |copy| copy.source == Source::Open)));
    server.answer(document(8, "BROKEN"));
    watched.until("failed", |copy| matches!(copy.progress.stage, Stage::Ended(End::Failed(_))));
    drop(server);
}

fn task(created: u32, more: &str) -> Answer {
    Answer::json(
        200,
        &format!(
            "{{\"completed\": {}, \"task\": {{\"node\": \"n\", \"id\": 1, \"action\": \"indices:data/write/reindex\",
              \"status\": {{\"total\": 50, \"created\": {created}, \"updated\": 0, \"deleted\": 0, \"noops\": 0, \"version_conflicts\": 0,
              \"throttled_until_millis\": 0}}, \"description\": \"reindex from [a] to [b]\"}}{more}}}",
            !more.is_empty()
        ),
    )
}

#[test]
fn a_task_of_elasticsearch_is_followed_to_its_end_and_out_of_sight() {
    let server = Server::start(Answer::json(
        404,
        "{\"error\":{\"type\":\"resource_not_found_exception\",\"reason\":\"task [n:1] isn't running\"},\"status\":404}",
    ));
    let mut watched = watch(job(CopySource::Elasticsearch(server.url("/_tasks/n:1"))));
    assert!(unreachable(&watched.next()).starts_with("there is no such task"));
    server.answer(task(20, ""));
    let copy = watched.until("under way", |copy| copy.progress.objects.done == Some(20));
    assert_eq!((copy.progress.objects.total, copy.source), (Some(50), Source::Open));
    server.answer(task(50, ", \"response\": {\"took\": 1, \"failures\": []}"));
    assert!(finished(&watched.until("ended", |copy| matches!(copy.progress.stage, Stage::Ended(_)))));
    // Its result is not kept for ever.
    server.answer(Answer::json(
        404,
        "{\"error\":{\"type\":\"resource_not_found_exception\",\"reason\":\"x\"},\"status\":404}",
    ));
    let copy = watched.until("forgotten", |copy| copy.source == Source::Gone);
    assert!(finished(&copy), "{copy:#?}");
}

#[test]
fn a_task_that_dies_with_its_node_is_gone() {
    let server = Server::start(task(20, ""));
    let mut watched = watch(job(CopySource::Elasticsearch(server.url("/_tasks/n:1"))));
    watched.until("under way", |copy| copy.progress.objects.done == Some(20));
    server.answer(Answer::json(
        404,
        "{\"error\":{\"type\":\"resource_not_found_exception\",\"reason\":\"x\"},\"status\":404}",
    ));
    let copy = watched.until("gone", |copy| copy.source == Source::Gone);
    assert!(!matches!(copy.progress.stage, Stage::Ended(_)), "{copy:#?}");
    server.answer(Answer::json(401, "{\"error\":{\"reason\":\"missing authentication credentials\"}}"));
    let copy = watched.until("refused", is_unreachable);
    assert!(
        unreachable(&copy)
            .starts_with("it answered with 401: missing authentication credentials; put a user")
    );
}
