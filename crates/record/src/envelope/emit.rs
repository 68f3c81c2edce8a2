//! From an object to the lines that are in it.

use super::object::{Object, Value};
use super::{Cursor, EnvelopeError, EnvelopeLine, EnvelopeReason, Origin, Visited};
use crate::record::is_blank;

/// Hands the lines of one object to `sink`, and its events that hold none with the reason.
///
/// # Errors
/// If the object as a whole is no envelope.
pub(super) fn emit<F>(
    object: &Object<'_>,
    cursor: &Cursor<'_>,
    visited: &mut Visited,
    sink: &mut F,
) -> Result<(), EnvelopeReason>
where
    F: FnMut(Result<EnvelopeLine<'_>, EnvelopeError>),
{
    if object.has_duplicates {
        return Err(EnvelopeReason::DuplicateKey);
    }
    match object.message_type.as_ref().map(Value::as_text) {
        None | Some(Some("DATA_MESSAGE")) => {}
        Some(Some("CONTROL_MESSAGE")) => {
            visited.control_messages += 1;
            return Ok(());
        }
        Some(_) => return Err(EnvelopeReason::UnknownMessageType),
    }
    let events = match &object.events {
        None if object.message.is_none() => return Err(EnvelopeReason::UnknownObject),
        None => &[],
        Some(Value::Array(events)) => events.as_slice(),
        Some(_) => return Err(EnvelopeReason::EventsNotAnArray),
    };
    if object.message.is_some() {
        emit_lines(object, object, cursor, sink)?;
    }
    for event in events {
        let result = match event {
            Value::Object(event) => emit_lines(event, object, cursor, sink),
            _ => Err(EnvelopeReason::NotAnObject),
        };
        if let Err(reason) = result {
            sink(Err(cursor.error(0, reason)));
        }
    }
    Ok(())
}

/// The lines of one message. What the event does not say about its origin, the envelope does.
fn emit_lines<F>(
    event: &Object<'_>,
    envelope: &Object<'_>,
    cursor: &Cursor<'_>,
    sink: &mut F,
) -> Result<(), EnvelopeReason>
where
    F: FnMut(Result<EnvelopeLine<'_>, EnvelopeError>),
{
    if event.has_duplicates {
        return Err(EnvelopeReason::DuplicateKey);
    }
    let message = text(event.message.as_ref(), None).ok_or(EnvelopeReason::MessageNotText)?;
    let origin = Origin {
        owner: text(event.owner.as_ref(), envelope.owner.as_ref()),
        log_group: text(event.log_group.as_ref(), envelope.log_group.as_ref()),
        log_stream: text(event.log_stream.as_ref(), envelope.log_stream.as_ref()),
    };
    for line in message.lines().filter(|line| !is_blank(line.as_bytes())) {
        sink(Ok(EnvelopeLine {
            text: line,
            origin,
            timestamp: event.timestamp.as_ref().and_then(Value::as_int),
            offset: cursor.offset,
            line: cursor.line,
        }));
    }
    Ok(())
}

fn text<'o>(own: Option<&'o Value<'_>>, else_of: Option<&'o Value<'_>>) -> Option<&'o str> {
    own.or(else_of).and_then(Value::as_text)
}
