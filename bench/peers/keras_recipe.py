"""The Keras recipe that Graft answers: a frozen VGG16 with a new head, from a folder of photos to a saved model.

usage: python keras_recipe.py WEIGHTS.weights.h5 TRAIN VALIDATION MODEL.keras EPOCHS SEED METRICS.json recipe|once

TRAIN and VALIDATION have one subfolder a class. Nothing here is tuned for or against Keras: its threads, its
generator and its batch are what the recipe has. "once" is the recipe as a careful user rewrites it: features are
computed once a photo, the head is trained on them, and both are put together again.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from tensorflow.keras import Sequential
from tensorflow.keras.applications.vgg16 import VGG16, preprocess_input
from tensorflow.keras.layers import Dense, Dropout, Flatten
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.utils import set_random_seed, to_categorical

SIZE = (224, 224)


def main():
    weights, train_folder, validation_folder, model_file, epochs, seed, metrics_file, how = sys.argv[1:]
    set_random_seed(int(seed))
    generator = ImageDataGenerator(preprocessing_function=preprocess_input)

    def photos(folder, shuffle):
        return generator.flow_from_directory(
            folder, target_size=SIZE, batch_size=32, class_mode="categorical", shuffle=shuffle
        )

    train = photos(train_folder, shuffle=how == "recipe")
    validation = photos(validation_folder, shuffle=False)
    base = VGG16(weights=weights, include_top=False, input_shape=SIZE + (3,))
    base.trainable = False
    head = [Flatten(), Dense(512, activation="relu"), Dropout(0.5), Dense(train.num_classes, activation="softmax")]

    def fit(model, *examples, **more):
        model.compile(optimizer=Adam(learning_rate=1e-4), loss="categorical_crossentropy", metrics=["accuracy"])
        return model.fit(*examples, epochs=int(epochs), verbose=2, **more).history

    if how == "recipe":
        model = Sequential([base] + head)
        history = fit(model, train, validation_data=validation)
    else:
        features = [
            (base.predict(of, verbose=2), to_categorical(of.classes, train.num_classes)) for of in (train, validation)
        ]
        history = fit(Sequential(head), *features[0], batch_size=32, validation_data=features[1])
        model = Sequential([base] + head)
    model.save(model_file)
    with open(metrics_file, "w", encoding="utf-8") as file:
        json.dump({"n": validation.samples, "accuracy": float(history["val_accuracy"][-1])}, file)


main()
