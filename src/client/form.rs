//! `multipart/form-data` (RFC 7578), made whole before anything is sent, so that its length is known and it can be sent again.

use std::fmt;

use memchr::memmem;
use secrecy::{ExposeSecret as _, SecretString};

use crate::upload::Upload;

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Secret(&'a SecretString),
    File(&'a Upload),
}

/// The body of a request.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
    /// What is in it that no message may repeat.
    secrets: Vec<SecretString>,
}

impl Form {
    pub(super) fn new(fields: &[(&str, Value<'_>)]) -> Self {
        let boundary = boundary(fields);
        let mut body = Vec::new();
        let mut secrets = Vec::new();
        for (name, value) in fields {
            // Names are ours, and so are file names and media types.
            let head = match value {
                Value::File(upload) => {
                    format!("; filename=\"{}\"\r\nContent-Type: {}", upload.file_name(), upload.media_type())
                }
                Value::Text(_) | Value::Secret(_) => String::new(),
            };
            body.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(value.bytes());
            body.extend_from_slice(b"\r\n");
            if let Value::Secret(secret) = value {
                secrets.push((*secret).clone());
            }
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Self { content_type: format!("multipart/form-data; boundary={boundary}"), body, secrets }
    }

    pub(super) fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }
}

/// Without the body, which holds pictures and passwords.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl Value<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Secret(secret) => secret.expose_secret().as_bytes(),
            Self::File(upload) => upload.bytes(),
        }
    }
}

/// By chance, since it is logged and must say nothing of what it stands between; and in none of it.
fn boundary(fields: &[(&str, Value<'_>)]) -> String {
    loop {
        let boundary = format!("face-precheck-{:032x}", fastrand::u128(..));
        if fields.iter().all(|(_, value)| memmem::find(value.bytes(), boundary.as_bytes()).is_none()) {
            return boundary;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_apart_and_secrets_are_known() {
        let password = SecretString::from("pass--face-precheck-\r\n--word");
        let form = Form::new(&[("username", Value::Text("Zoë")), ("password", Value::Secret(&password))]);
        let boundary = form.content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let text = String::from_utf8(form.body.clone()).unwrap();
        let parts: Vec<_> = text.split(&format!("--{boundary}")).collect();
        assert_eq!(
            parts,
            [
                "",
                "\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nZoë\r\n",
                "\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npass--face-precheck-\r\n--word\r\n",
                "--\r\n"
            ]
        );
        let again = Form::new(&[("username", Value::Text("Zoë")), ("password", Value::Secret(&password))]);
        assert_ne!(form.content_type, again.content_type, "it says nothing of what was sent");
        assert_eq!(form.secrets().len(), 1);
        assert!(!format!("{form:?}").contains("pass"), "{form:?}");
    }
}
