"""The COCO-Stuff ids that the scenes use."""

from enum import IntEnum


class Label(IntEnum):
    """0-based COCO-Stuff ids: the number in the official labels.txt minus one."""

    PERSON = 0
    BICYCLE = 1
    CAR = 2
    BUS = 5
    TRUCK = 7
    TRAFFIC_LIGHT = 9
    BENCH = 14
    BIRD = 15
    CAT = 16
    DOG = 17
    HORSE = 18
    SHEEP = 19
    COW = 20
    BEAR = 22
    BASEBALL_BAT = 38
    CHAIR = 61
    COUCH = 62
    POTTED_PLANT = 63
    DINING_TABLE = 66
    TV = 71
    REFRIGERATOR = 81
    BOOK = 83
    CLOCK = 84
    VASE = 85
    BUILDING_OTHER = 95
    BUSH = 96
    CABINET = 97
    CEILING_OTHER = 101
    CLOUDS = 105
    CURTAIN = 108
    DIRT = 110
    DOOR_STUFF = 111
    FENCE = 112
    FLOOR_WOOD = 117
    FURNITURE_OTHER = 122
    GRASS = 123
    HILL = 126
    HOUSE = 127
    LIGHT = 129
    MOUNTAIN = 134
    PAPER = 138
    PAVEMENT = 139
    ROAD = 148
    ROCK = 149
    RUG = 151
    SAND = 153
    SKY_OTHER = 156
    SKYSCRAPER = 157
    SNOW = 158
    TABLE = 164
    TREE = 168
    WALL_BRICK = 170
    WALL_CONCRETE = 171
    WALL_OTHER = 172
    WATER_OTHER = 177
    WINDOW_OTHER = 180
