//! An independent implementation of the Gregorian calendar, to compare a library with.

pub const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
pub const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to the first day of a year.
fn days_before_year(year: i64) -> i64 {
    // n/4 - n/100 + n/400 of the years 1 to n are leap years; 477 up to 1969.
    let past = year - 1;
    (year - 1970) * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - 477
}

/// A time in UTC.
pub struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub second_of_day: i64,
}

impl Civil {
    /// The seconds since 1970.
    pub fn seconds(&self) -> i64 {
        let months = (1..self.month).map(|month| days_of_month(self.year, month)).sum::<i64>();
        (days_before_year(self.year) + months + self.day - 1) * SECONDS_PER_DAY + self.second_of_day
    }

    pub fn from_seconds(seconds: i64) -> Self {
        let days = seconds.div_euclid(SECONDS_PER_DAY);
        // A lower bound of the year.
        let mut year = 1970 + days.div_euclid(if days < 0 { 365 } else { 366 });
        while days_before_year(year + 1) <= days {
            year += 1;
        }
        let (mut month, mut day) = (1, days - days_before_year(year) + 1);
        while day > days_of_month(year, month) {
            day -= days_of_month(year, month);
            month += 1;
        }
        Self { year, month, day, second_of_day: seconds.rem_euclid(SECONDS_PER_DAY) }
    }

    /// Hour, minute, second.
    pub fn clock(&self) -> (i64, i64, i64) {
        (self.second_of_day / 3600, self.second_of_day / 60 % 60, self.second_of_day % 60)
    }
}

pub fn weekday(seconds: i64) -> &'static str {
    WEEKDAYS[seconds.div_euclid(SECONDS_PER_DAY).rem_euclid(7) as usize]
}
