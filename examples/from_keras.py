"""A usual training script for Keras; `from_keras.rs` is the same script in Rust.

pip install keras jax matplotlib
KERAS_BACKEND=jax python examples/from_keras.py
"""

import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(7)
table = np.loadtxt("examples/data/diabetes.csv", delimiter=",", skiprows=1)
test = np.arange(len(table)) % 5 == 0
table = (table - table[~test].mean(axis=0)) / table[~test].std(axis=0)
x, y = table[:, :-1], table[:, -1:]

model = keras.Sequential(
    [
        keras.Input((10,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.001), loss="mse", metrics=["mae"])
model.summary()

history = model.fit(
    x[~test],
    y[~test],
    validation_split=0.2,
    epochs=300,
    batch_size=16,
    verbose=2,
    callbacks=[
        keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint("target/from_keras.keras", save_best_only=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=8, min_lr=1e-5),
    ],
)

for name in ["loss", "val_loss"]:
    plt.plot(history.history[name], label=name)
plt.legend()
plt.savefig("target/from_keras_py.svg")

best = int(np.argmin(history.history["val_loss"]))
print("best epoch:", best + 1, "of", len(history.history["loss"]))
loss, mae = model.evaluate(x[test], y[test], verbose=0)
print(f"test: mse {loss:.3f}, mae {mae:.3f}")

model = keras.models.load_model("target/from_keras.keras")
loss, mae = model.evaluate(x[test], y[test], verbose=0)
print(f"test, from the file: mse {loss:.3f}, mae {mae:.3f}")
