use super::*;
use crate::probe::dns::tests::{a, alias, named};

#[test]
fn a_question_asks_what_it_should() {
    let question = Question::new(&named("app.example.test"), RecordType::A, true);
    let message = Message::from_vec(&question.message(true).to_vec().unwrap()).unwrap();
    assert!(message.metadata.recursion_desired && !message.metadata.checking_disabled);
    assert_eq!(message.edns.unwrap().max_payload(), PAYLOAD);
    assert!(question.message(false).edns.is_none());
    let ids: std::collections::BTreeSet<_> = (0..20).map(|_| question.message(true).metadata.id).collect();
    assert!(ids.len() > 1, "ids are not to be guessed");
}

#[test]
fn a_chain_goes_on_over_several_answers() {
    let mut chain = Chain::new(&named("app.example.test"));
    let first = [alias("app.example.test", 60, "app.cloud.test")];
    assert_eq!(chain.extend(&first, RecordType::A), End::Open(named("app.cloud.test")));
    assert_eq!(chain.extend(&first, RecordType::A), End::Open(named("app.cloud.test")));
    let second = [a("app.cloud.test", 30, [192, 0, 2, 1])];
    assert_eq!(chain.extend(&second, RecordType::A), End::Found);
    assert_eq!(chain.records.len(), 2);
    let back = [alias("app.cloud.test", 30, "app.example.test")];
    let mut chain = Chain::new(&named("app.example.test"));
    chain.extend(&first, RecordType::A);
    assert!(matches!(chain.extend(&back, RecordType::A), End::Never(_)), "a loop over two zones");
}
