//! Profiles as TOML files: presets extended, the vendor's keys understood, unknown ones refused.

use toml::{Table, Value};

use super::Profile;
use crate::error::{Error, Result};
use crate::rule::Rule;

/// The liveness vendor's configuration keys: what each sets, and whether it bounds both directions.
const VENDOR_KEYS: [(&str, Rule, Sets); 8] = [
    ("min_face_size", Rule::FaceSize, Sets::Key("min")),
    ("min_face_size_relative", Rule::FaceSize, Sets::Key("min-relative")),
    ("detectable_face_size_relative", Rule::SingleFace, Sets::Key("detectable-face-size-relative")),
    ("min_pupillary_distance", Rule::InterpupillaryDistance, Sets::Key("min")),
    ("min_face_padding", Rule::FacePadding, Sets::Key("min")),
    ("max_roll", Rule::HeadPoseRoll, Sets::BothEnds),
    ("max_yaw", Rule::HeadPoseYaw, Sets::BothEnds),
    ("max_pitch", Rule::HeadPosePitch, Sets::BothEnds),
];

#[derive(Clone, Copy)]
enum Sets {
    Key(&'static str),
    /// `min` to the negative and `max` to the value.
    BothEnds,
}

pub(super) fn read(text: &str) -> Result<Profile> {
    let failed = |message: String| Error::Profile(message);
    let mut stated: Table = text.parse().map_err(|error: toml::de::Error| failed(error.to_string()))?;
    translate_vendor_keys(&mut stated)?;
    let extends = match stated.remove("extends") {
        None => None,
        Some(Value::String(name)) => {
            let presets = Profile::PRESETS.join("`, `");
            let preset = Profile::preset(&name).ok_or_else(|| failed(format!("extends `{name}`: there are `{presets}`")))?;
            Some(preset)
        }
        Some(_) => return Err(failed("`extends` takes the name of a built-in profile".into())),
    };
    let named = stated.contains_key("name");
    let table = match &extends {
        None => stated,
        Some(preset) => extended(Table::try_from(preset).map_err(|error| failed(error.to_string()))?, stated),
    };
    let profile: Profile = table.try_into().map_err(|error: toml::de::Error| {
        let missing = ["name", "purpose"].iter().any(|key| error.message().contains(&format!("missing field `{key}`")));
        let hint = if missing {
            "\nstate `name` and `purpose`, or start from a built-in profile: extends = \"progeny-selfie\""
        } else {
            ""
        };
        failed(format!("{}{hint}", error.to_string().trim_end()))
    })?;
    profile.validate()?;
    if !named && extends.is_some_and(|preset| preset != profile) {
        return Err(failed("it differs from the built-in profile that it extends: state a `name` of its own".into()));
    }
    Ok(profile)
}

pub(super) fn write(profile: &Profile) -> String {
    let text = toml::to_string(profile);
    debug_assert!(text.is_ok(), "a profile is plain data: {text:?}");
    text.unwrap_or_default()
}

/// Lays what a file states over the profile it extends; inside a rule's table key by key. `false` drops the rule.
fn extended(mut base: Table, stated: Table) -> Table {
    for (key, value) in stated {
        match (base.get_mut(&key), value) {
            (_, Value::Boolean(false)) if Rule::ALL.iter().any(|rule| rule.id() == key) => {
                base.remove(&key);
            }
            (Some(Value::Table(rule)), Value::Table(stated)) => rule.extend(stated),
            (Some(Value::Table(rule)), Value::String(word)) if key == Rule::RecommendedHeight.id() && word == "apply" => {
                rule.insert(word, Value::Boolean(true));
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
    base
}

fn translate_vendor_keys(table: &mut Table) -> Result<()> {
    for (vendor_key, rule, sets) in VENDOR_KEYS {
        let Some(value) = table.remove(vendor_key) else { continue };
        let number = match value {
            Value::Integer(_) | Value::Float(_) => value,
            _ => return Err(Error::Profile(format!("{vendor_key}: takes a number"))),
        };
        let entries = match sets {
            Sets::Key(key) => vec![(key, number)],
            Sets::BothEnds => vec![("min", negative(&number)), ("max", number)],
        };
        let own = table.entry(rule.id()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(own) = own else {
            return Err(Error::Profile(format!("{vendor_key} and {} contradict each other", rule.id())));
        };
        for (key, number) in entries {
            if own.insert(key.into(), number).is_some() {
                return Err(Error::Profile(format!("{vendor_key} and {}.{key} are the same: state one", rule.id())));
            }
        }
    }
    Ok(())
}

fn negative(number: &Value) -> Value {
    match number {
        Value::Integer(value) => Value::Integer(value.saturating_neg()),
        Value::Float(value) => Value::Float(-value),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NearLimit, Purpose, Range};
    use super::*;
    use crate::rule::Severity;

    fn error(text: &str) -> String {
        Profile::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn profiles_read_back_as_written() {
        for profile in [Profile::progeny_selfie(), Profile::progeny_document()] {
            assert_eq!(Profile::from_toml(&profile.to_toml()).unwrap(), profile);
        }
        let mut odd = Profile::progeny_document();
        odd.width = None;
        odd.head_pose_yaw = Some(Range::between(-12.5, 7.25).with_severity(Severity::Warning));
        assert_eq!(Profile::from_toml(&odd.to_toml()).unwrap(), odd);
        assert_ne!(odd.sha256(), Profile::progeny_document().sha256());
    }

    #[test]
    fn a_file_may_state_only_what_differs() {
        let profile = Profile::from_toml(
            "extends = 'progeny-selfie'\nname = 'mine'\nface-inside = false\n[width]\nmin = 600\n[metadata]\nseverity = 'error'",
        )
        .unwrap();
        let expected = Profile {
            name: "mine".into(),
            width: Some(Range::between(600.0, 4096.0)),
            face_inside: None,
            metadata: Some(super::super::Demand { severity: Severity::Error }),
            ..Profile::progeny_selfie()
        };
        assert_eq!(profile, expected);
    }

    #[test]
    fn doubt_can_be_refused_or_measured_otherwise() {
        let profile = Profile::from_toml(
            "extends = 'progeny-selfie'\nname = 'strict'\nnear-limit = 'refuse'\nhead-pose-yaw = { uncertainty = 2.5 }\nface-size = { uncertainty = 0 }",
        )
        .unwrap();
        assert_eq!(profile.near_limit, NearLimit::Refuse);
        assert_eq!(profile.head_pose_yaw, Some(Range { uncertainty: Some(2.5), ..Range::between(-25.0, 25.0) }));
        assert_eq!(profile.face_size.unwrap().uncertainty, Some(0.0));
        assert_eq!(Profile::from_toml(&profile.to_toml()).unwrap(), profile);
        assert!(!Profile::progeny_selfie().to_toml().contains("near-limit"));
    }

    #[test]
    fn without_extends_nothing_is_silently_demanded_or_forgotten() {
        assert!(error("max_yaw = 20").contains("extends = \"progeny-selfie\""));
        let bare = Profile::from_toml("name = 'bare'\npurpose = 'selfie'\nmax_yaw = 20").unwrap();
        assert_eq!(bare.purpose, Purpose::Selfie);
        assert_eq!(bare.head_pose_yaw, Some(Range::between(-20.0, 20.0)));
        assert_eq!(bare.head_pose_roll, None);
    }

    #[test]
    fn the_vendors_eight_keys_set_the_rules() {
        let profile = Profile::from_toml(
            "extends = 'progeny-selfie'\nname = 'vendor'\nmin_face_size = 300\nmin_face_size_relative = 0.25\ndetectable_face_size_relative = 0.2\n\
             min_pupillary_distance = 90\nmin_face_padding = 25\nmax_roll = 30\nmax_yaw = 20.5\nmax_pitch = 15",
        )
        .unwrap();
        let size = profile.face_size.unwrap();
        assert_eq!((size.min, size.min_relative), (Some(300.0), Some(0.25)));
        assert_eq!(profile.single_face.unwrap().detectable_face_size_relative, 0.2);
        assert_eq!(profile.interpupillary_distance, Some(Range::at_least(90.0)));
        assert_eq!(profile.face_padding, Some(Range::at_least(25.0).with_severity(Severity::Warning)));
        assert_eq!(profile.head_pose_roll, Some(Range::between(-30.0, 30.0)));
        assert_eq!(profile.head_pose_yaw, Some(Range::between(-20.5, 20.5)));
        assert_eq!(profile.head_pose_pitch, Some(Range::between(-15.0, 15.0)));
    }

    #[test]
    fn mistakes_are_refused_by_name() {
        for (text, said) in [
            ("extends = 'progeny-selfie'\nhead-pose-jaw = { max = 3 }", "head-pose-jaw"),
            ("extends = 'progeny-selfie'\nwidth = { minimum = 3 }", "minimum"),
            ("extends = 'progeny-selfie'\nwidth = { min = 5000 }", "`min` is over `max`"),
            ("extends = 'progeny-selfie'\nwidth = { min = nan }", "finite"),
            ("extends = 'progeny-selfie'\nwidth = { min = '480' }", "480"),
            ("extends = 'progeny-selfie'\nformat = { accepted = [] }", "no format"),
            ("extends = 'progeny-selfie'\nformat = { accepted = ['jpg'] }", "jpg"),
            ("extends = 'progeny-selfie'\nmax_yaw = 'wide'", "max_yaw"),
            ("extends = 'progeny-selfie'\nmax_yaw = 20\nhead-pose-yaw = { max = 3 }", "state one"),
            ("extends = 'progeny-selfie'\nmin_face_size_relative = 25", "0 to 1"),
            ("extends = 'progeny-selfie'\nname = 'x'\nface_inside = false", "face_inside"),
            ("extends = 'progeny-selfie'\nname = 'x'\nname-of-nothing = false", "name-of-nothing"),
            ("extends = 'progeny-selfie'\nmax_yaw = 20", "`name`"),
            ("extends = 'progeny-selfie'\nname = 'x'\nfile-size = { min = 3 }", "only `max`"),
            ("extends = 'progeny-selfie'\nname = 'x'\nnear-limit = 'ignore'", "near-limit"),
            ("extends = 'progeny-selfie'\nname = 'x'\nwidth = { uncertainty = 3 }", "exact"),
            ("extends = 'progeny-selfie'\nname = 'x'\nhead-pose-yaw = { uncertainty = -3 }", "not negative"),
            ("extends = 'progeny-selfie'\nname = 'x'\nface-size = { uncertainty = nan }", "finite"),
            ("extends = 'progeny-selfie'\nname = 'x'\nupright = { severity = 'warning' }", "upright: is an error"),
            ("extends = 'nobody'", "progeny-document"),
            ("extends = 3", "built-in"),
            ("name = 'x'\npurpose = 'selfie'\nwidth = {}", "neither"),
            ("name = ", "TOML"),
        ] {
            assert!(error(text).contains(said), "{text}: {}", error(text));
        }
    }
}
