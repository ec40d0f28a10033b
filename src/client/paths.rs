//! Where the service has its calls.

use std::collections::BTreeMap;

use crate::call::Call;

/// Where the calls are found below the base URL: at [`Call::path`], unless stated otherwise.
///
/// ```
/// use face_precheck::Call;
/// use face_precheck::client::Paths;
///
/// let paths = Paths::default().with(Call::FaceLiveness, "/services/liveness");
/// assert_eq!(paths.of(Call::FaceLiveness), "/services/liveness");
/// assert_eq!(paths.of(Call::RegisterFace), Call::RegisterFace.path());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paths(BTreeMap<Call, String>);

impl Paths {
    /// The same with another path for one call.
    #[must_use]
    pub fn with(mut self, call: Call, path: impl Into<String>) -> Self {
        self.0.insert(call, path.into());
        self
    }

    /// The path of a call.
    #[must_use]
    pub fn of(&self, call: Call) -> &str {
        self.0.get(&call).map_or_else(|| call.path(), String::as_str)
    }
}
