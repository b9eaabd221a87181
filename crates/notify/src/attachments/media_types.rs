//! Kinds of files that e-mail may carry.

/// Every kind, in the letter case it was registered with.
const ACCEPTED: [&str; 60] = [
    "application/pdf",
    "application/rtf",
    "application/msword",
    "application/vnd.ms-word.document.macroEnabled.12",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/onenote",
    "application/epub+zip",
    "application/vnd.ms-publisher",
    "application/vnd.visio",
    "application/vnd.ms-outlook",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "application/vnd.ms-excel.sheet.macroEnabled.12",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.12",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "text/plain",
    "text/csv",
    "text/calendar",
    "text/xml",
    "application/xml",
    "application/json",
    "application/zip",
    "application/gzip",
    "application/x-tar",
    "application/x-7z-compressed",
    "application/x-rar-compressed",
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/tiff",
    "image/webp",
    "image/vnd.microsoft.icon",
    "audio/aac",
    "audio/midi",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/wav",
    "audio/webm",
    "audio/x-ms-wma",
    "application/ogg",
    "video/3gpp",
    "video/3gpp2",
    "video/mp4",
    "video/mpeg",
    "video/ogg",
    "video/webm",
    "video/x-msvideo",
    "video/x-ms-wmv",
    "font/otf",
    "font/ttf",
    "font/woff",
    "font/woff2",
    "application/vnd.ms-fontobject",
];

/// Whether e-mail may carry files of this kind. Letter case does not matter; parameters are not accepted.
pub fn is_accepted(media_type: &str) -> bool {
    ACCEPTED.iter().any(|accepted| accepted.eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_compared_without_letter_case_and_as_a_whole() {
        for right in ["application/pdf", "IMAGE/JPEG", "application/vnd.MS-word.document.macroenabled.12"] {
            assert!(is_accepted(right), "{right}");
        }
        for wrong in [
            "image/jpg",
            "text/html",
            "application/octet-stream",
            "text/plain; charset=utf-8",
            "",
            " text/csv",
        ] {
            assert!(!is_accepted(wrong), "{wrong}");
        }
    }
}
