"""Writes five of the data sets from the Python packages that ship them; the README tells their sources.

    python benches/presets/data/from_packages.py

Needs Python 3.9, palmerpenguins 0.1.6, statsmodels 0.15.0 and vega_datasets 0.9.0.
"""

from pathlib import Path

import numpy as np
import palmerpenguins
import statsmodels.datasets
import vega_datasets

HERE = Path(__file__).resolve().parent


def main():
    penguins()
    vote()
    weather()
    visits()


def penguins():
    data = palmerpenguins.load_penguins()
    features = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    data = data[features + ["species"]].dropna()
    species = ["Adelie", "Chinstrap", "Gentoo"]
    write("penguins", [*features, "class"], data[features], data["species"].map(species.index))


def vote():
    data = statsmodels.datasets.anes96.load_pandas().data
    # The columns `logpopul` and the like are functions of others.
    features = ["popul", "TVnews", "selfLR", "ClinLR", "DoleLR", "PID", "age", "educ", "income"]
    header = ["population", "tv_news", "self_left_right", "clinton_left_right", "dole_left_right", "party", "age",
              "education", "income", "class"]
    write("vote", header, data[features], data["vote"])


def weather():
    data = vega_datasets.local_data.seattle_weather()
    angle = 2 * np.pi * (data["date"].dt.dayofyear - 1) / 365.25
    features = data[["precipitation", "temp_max", "temp_min", "wind"]].copy()
    features["year_sin"], features["year_cos"] = np.sin(angle).round(4), np.cos(angle).round(4)
    kinds = ["drizzle", "fog", "rain", "snow", "sun"]
    write("weather", [*features, "class"], features, data["weather"].map(kinds.index))
    write("temperature", [*features, "next_temp_max"], features[:-1], data["temp_max"][1:])


def visits():
    data = statsmodels.datasets.randhie.load_pandas().data[::10]
    features = ["lncoins", "idp", "lpi", "fmde", "physlm", "disea", "hlthg", "hlthf", "hlthp"]
    header = ["ln_coinsurance", "deductible_plan", "ln_payment", "ln_maximum", "limitation", "diseases", "good_health",
              "fair_health", "poor_health", "ln_visits"]
    write("visits", header, data[features], np.log1p(data["mdvis"]).round(4))


def write(name, header, features, last):
    """Writes a file with the features, and in the last column the class or the number to predict."""
    rows = np.column_stack([features, last])
    lines = [",".join(header)] + [",".join(text(number) for number in row) for row in rows]
    (HERE / f"{name}.csv").write_text("\n".join(lines) + "\n")


def text(number):
    """The number, without a decimal point if it is whole."""
    number = float(number)
    return str(int(number)) if number.is_integer() else repr(number)


if __name__ == "__main__":
    main()
