"""A product's category: the first one below with a word from the product's name."""

import re

OTHER = "Other"

# The order matters: a Christmas candle belongs to Christmas, a lunch bag to bags.
WORDS = {
    "Christmas": """
        advent bauble baubles christmas holly jingle noel reindeer rudolph santa sleigh
        snowflake snowflakes snowman xmas
    """,
    "Easter": """
        bunnies bunny chick chicken chicks easter egg eggs hen rabbit
    """,
    "Jewellery": """
        amethyst anklet bangle bead beaded beads bracelet bracelets brooch charm charms
        chain choker diamante earring earrings filigree hair hairband hairclip hairslide
        jewelled jewellery lariat murano neckl necklace necklaces pearl pendant ring rings
        tiara
    """,
    "Bags & purses": """
        bag bags backpack handbag luggage purse rucksack shopper suitcase tote wallet
        washbag
    """,
    "Lights & candles": """
        candle candleholder candles candlestick chandelier fairy incense lamp lampshade
        lantern lanterns light lights nightlight orbit t-light t-lights torch votive wick
    """,
    "Stationery & wrap": """
        book calendar card cards crayons envelope envelopes journal notebook notebooks
        organiser paper pen pencil pencils pens ribbon ribbons sketchbook stationery
        sticker stickers stamp tag tags tape tissue wrap writing
    """,
    "Kitchen & baking": """
        apron baking bin biscuit bottle bread bun cake cakes cakestand cases chopping
        cookie cupcake fridge frying jam jelly kitchen lunch magnet magnets measuring
        mould moulds oven pan pantry popcorn recipe rolling salt scales snack spice spoon
        spoons teatime timer tin tins whisk
    """,
    "Tableware": """
        beaker bowl bowls coaster coasters coffee cup cups cutlery cutlerty decanter dish
        doiley doilies doily egg glass glasses goblet jar jug mat mug mugs napkin napkins
        picnic placemat placemats plate plates platter saucer sugar tea teacup teapot tray
        trays tumbler
    """,
    "Garden": """
        bird birdcage birdhouse birds bucket cloche fly garden gardeners gloves
        hanging-basket herb outdoor parasol plant planter pot pots seed seeds shed solar
        thermometer trowel trellis watering windmill zinc
    """,
    "Party": """
        balloon balloons birthday bunting confetti garland honeycomb party parade pinata
        streamer wedding
    """,
    "Toys & games": """
        animal animals ball bingo boys cards childrens childs chalk dinosaur doll dolls
        dolly dominoes doughnut feltcraft game games girls helicopter jack jigsaw kids kit
        kite knitting magic money piggy playhouse puppet puzzle skipping skittles soldier
        spaceboy spinning suki teddy toy toys trumpet yoyo
    """,
    "Mirrors, frames & clocks": """
        clock clocks frame frames mirror mirrored mirrors photo picture
    """,
    "Signs & wall art": """
        alphabet art blackboard board chalkboard letter letters memo message noticeboard
        number plaque poster sign slate sticker tile wall
    """,
    "Furniture & storage": """
        basket baskets box boxes cabinet chair chest cupboard doorknob drawer drawers
        hanger hangers holder hook hooks knob knobs ladder peg pegs rack screen shelf
        shelves stand stool storage table tidy trinket trunk unit
    """,
    "Textiles": """
        blanket cosy curtain cover covers cushion cushions doorstop doormat embroidered
        fabric flannel knitted mittens pad patch patches quilt rug scarf sewing shawl sock
        socks throw towel towels warmer yarn
    """,
    "Bath & travel": """
        balm bath bathroom bubbles compact folding gel hand makeup passport perfume phone
        plasters poncho rain rose scent scented soap sponge tissues toilet toothbrush
        travel umbrella umbrellas wash
    """,
    "Decorations": """
        angel artificial bell bells bird blossom butterfly cat crystal crystals decoration
        decorations decorative dog dove feather feathers figurine flower flowers garden
        hanging heart hearts horse leaf leaves mobile ornament owl rose spray star stars
        string tree trees vase wicker wreath
    """,
}

CATEGORIES = (*WORDS, OTHER)

_MEMBERS = {category: frozenset(words.split()) for category, words in WORDS.items()}


def category_of(name: str) -> str:
    words = set(re.findall(r"[a-z]+(?:-[a-z]+)*", name.lower()))
    return next((category for category in WORDS if words & _MEMBERS[category]), OTHER)
