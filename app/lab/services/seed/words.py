"""Words for the placeholders in phrases.py, separated by bars."""

WORDS = {
    "praise": """
        lovely|a real find|charming|such a bargain|beautifully made|a hit|full marks|cute|
        very pretty|delightful|great value|a keeper|a conversation piece|pure joy|clever|
        simple and sweet|just gorgeous|good fun|solid|a classic
    """,
    "good": """
        lovely|sturdy|pretty|charming|well made|cheerful|elegant|bright|sweet|neat|delicate|
        solid|generous|stylish|practical|warm|smart|beautiful|unusual|tasteful|delightful|
        excellent|superb|cosy|fresh|smooth|quaint|colourful|thoughtful|handy|crisp|soft|
        gorgeous|clever|dainty|impressive|old-fashioned|festive|reliable
    """,
    "bad": """
        flimsy|dull|crooked|scratched|tacky|thin|rough|wobbly|cheap looking|faded|heavy|awkward|
        chipped|sharp|greasy|gaudy|useless|fiddly|shapeless|uneven|garish|brittle|clumsy|limp|
        too small|badly glued|oddly finished|plasticky|murky|stiff|noisy|dented|blotchy|
        ill fitting|overpriced|unfinished|bent|grubby
    """,
    "adverb": """
        really|quite|truly|surprisingly|rather|very|absolutely|wonderfully|remarkably|so|
        extremely|fairly|unusually|terribly|perfectly|honestly|somewhat|incredibly|properly|
        simply
    """,
    "feature": """
        finish|colour|pattern|print|paint|stitching|weight|shape|size|glaze|quality|design|lid|
        handle|lining|packaging|edge|base|clasp|zip|fabric|texture|surface|detail|smell|sound|
        glass|lettering|drawing|workmanship|hinge|frame|backing|fit|price|decoration|enamel|
        trim|illustration|spout
    """,
    "detail": """
        ribbon|handle|lid|clasp|hook|zip|bow|button|knob|rim|hinge|chain|label|cork|tassel|
        strap|lace edge|wire|bell|lining|foot|stand|fringe|latch|seam|glass front|paint|loop|
        cord|spring|battery cover|drawer|heart on the front|magnet|stitching at the corner|key|
        felt pad|screw
    """,
    "material": """
        wood|metal|glass|tin|cotton|felt|enamel|china|wicker|zinc|paper|card|slate|porcelain|
        plastic|linen|wool|ceramic|resin|beech|brass|canvas|wire|silk|acrylic|oilcloth|bamboo
    """,
    "colour": """
        red|pink|blue|cream|ivory|green|white|black|silver|gold|purple|yellow|turquoise|orange|
        lilac|brown|mint|grey|spotty|striped|polka dot|paisley|gingham|navy|pale blue|dark red|
        duck egg|dusky pink|mustard|floral|see-through|copper
    """,
    "shade": """
        darker|lighter|brighter|paler|warmer|colder|deeper|softer|stronger|yellower|greener|
        pinker
    """,
    "person": """
        my sister|my mother|a friend|my neighbour|my husband|my wife|my daughter|my aunt|Granny|
        a colleague|my brother|our cleaner|the lady next door|my partner|my cousin|Dad|Mum|
        my best friend|our vicar|my flatmate|a customer|my son|my niece|the teacher|my boss|
        a lady from the choir|someone at work|Auntie Jean|my mother-in-law|Margaret|
        old Mr Price|Sandra|my eldest|Tom|the man from number nine|Priya|our lodger|Kate|
        my tutor|the postman
    """,
    "recipient": """
        my niece|my mum|a friend|my daughter|my grandson|a colleague|the twins|my sister|
        my wife|our hostess|my godchild|my boyfriend|the bride|my teacher|a neighbour|
        my goddaughter|the new baby|my dad|the neighbours|my secret Santa|our nanny|my nan|
        a five-year-old|my little one|the couple upstairs|my best friend|the girls|my nephew|
        an old aunt|the whole family|myself|the dog|my hairdresser|Great-uncle Bill|a keen cook|
        the boys|my pen friend|our landlady
    """,
    "place": """
        the kitchen|the hall|our bathroom|the shed|the garden|the spare room|my study|
        the nursery|the caravan|the conservatory|my office|the living room|the porch|
        the summer house|the café|our bedroom|the loft|the boat|the dining room|the shop window|
        the greenhouse|the utility room|the classroom|my daughter's room|the cottage|
        the downstairs loo|the playroom|the church hall|the cupboard under the stairs|
        the guest room|the balcony|the tent|the staff room
    """,
    "occasion": """
        Christmas|a birthday|a wedding|Easter|a christening|Mother's Day|a tea party|
        the school fair|a hen night|a picnic|a baby shower|Valentine's Day|a housewarming|
        a village fete|our anniversary|a garden party|Halloween|a jumble sale|the street party|
        a retirement do|the Christmas market|half term|a fortieth|Bonfire Night|a charity stall|
        Sunday lunch|New Year|a silver wedding|the raffle|the royal wedding|a leaving do|
        the harvest supper|a book club|exam week|the summer holidays|a naming day
    """,
    "thing": """
        the teapot|my old mug|the candles|a vase|the cake stand|a jam jar|the biscuit tin|
        napkins|the egg cups|wool|a pile of letters|the dog lead|teaspoons|fairy lights|
        the curtains|my earrings|a small cactus|cotton reels|the bread bin|seed packets|crayons|
        a photo frame|the cushions|recipes|keys|the lampshade|sweets|clothes pegs|buttons|
        a bottle of wine|the wallpaper|toy cars|ribbons|the kettle|a dozen eggs|hair clips|
        the tablecloth|loose change|marbles|a bar of soap|pencils|the fruit bowl|stamps|cutlery|
        a notebook|coffee beans|the doormat|tea lights|a paperback|herbs|my rings|the mirror|
        plasters|playing cards|the clock|an umbrella|a hot water bottle|postcards|bath salts|
        the bunting|lip balm|sewing things|the salt cellar|a jigsaw|tickets
    """,
    "interest": """
        cats|owls|hearts|tea|polka dots|rabbits|roses|old trains|baking|the seaside|butterflies|
        sewing|gardening|the Union Jack|dogs|fairies|birds|toadstools|Paris|cherries|robots|
        cricket|hedgehogs|old maps|strawberries|knitting|Russian dolls|bicycles|horses|skulls|
        dinosaurs|stars|vintage tins|lavender|elephants|ducks|the fifties|chocolate|bees|angels
    """,
    "business": """
        a gift shop|a tea room|a small café|a flower shop|a bed and breakfast|a craft stall|
        a market stall|a bookshop|a nursery school|a hairdresser's|a garden centre|a toy shop|
        a bakery|a farm shop|a gallery|a post office|a museum shop|a delicatessen|a wool shop|
        a playgroup|a wedding agency|an antiques arcade|a pub|a campsite|a corner shop
    """,
    "town": """
        York|Bath|Whitby|Norwich|Ely|Totnes|Ludlow|Hebden Bridge|Cork|Galway|Leeds|Bristol|Deal|
        Stirling|Oban|Cardiff|Swansea|Truro|Exeter|Hay-on-Wye|Southwold|Kendal|Lewes|Margate|
        Hull|Durham|Perth|Dundee|Belfast|Derry|Rye|Frome|Stroud|Skipton|Buxton|Malvern|
        Harrogate|Penzance|Lyon|Ghent|Bremen|Utrecht|Porto|Bergen|Turku|Zürich|Malmö|Aarhus
    """,
    "number": """
        two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|24|36|48|18|
        30|6|12|a dozen|half a dozen|seventeen|forty
    """,
    "few": "two|three|four|five|six|seven|eight|nine|ten|a few|several|2|3|4|5",
    "ordinal": "second|third|fourth|fifth|sixth|seventh|tenth|umpteenth",
    "age": """
        two|three|four|five|seven|eight|ten|eighteen|twenty-one|thirty|forty|fifty|sixty|
        seventy|ninety
    """,
    "span": """
        days|weeks|months|hours|evenings|weekends|uses|school terms|washes|minutes|parties
    """,
    "weekday": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "month": """
        January|February|March|April|May|June|July|August|September|October|November|December|
        the spring|the summer holidays|last winter|the autumn
    """,
    "when": """
        last week|in the spring|a month ago|just before Christmas|in the sale|on a whim|
        last summer|the other day|after much thought|at the last minute|in January|
        on a rainy Sunday|over the bank holiday|when I moved house|during my lunch break|
        in August|ages ago|twice now|after reading the reviews|with a voucher|late one night|
        for a bet
    """,
    "when_came": """
        the next morning|two days later|on the Friday|within a week|just in time|
        while I was out|a day late|before breakfast|on Christmas Eve|after eight days|
        in the middle of a storm|sooner than promised|without a note|with the wrong invoice|
        three weeks later|in two parcels
    """,
    "bought": "bought|ordered|got|purchased|picked up|treated myself to|found",
    "adored": "loved|adored|liked|admired|fell for|praised|took to|smiled at",
    "failed": """
        broke|came off|fell apart|cracked|snapped|jammed|faded|peeled|rusted|bent|leaked|tore|
        stopped working|came unglued|split|wore through|went dull|chipped
    """,
    "broken": """
        broken|cracked|chipped|bent|damp|scratched|in pieces|the wrong colour|torn|dented|
        missing|stained
    """,
    "touched": """
        touched|dropped|opened|washed|leaned on|moved|lifted|sat on|dusted|filled|unpacked|
        cleaned
    """,
    "packed": """
        well wrapped|in tissue paper|in a plain box|in far too much plastic|in a pretty box|
        in bubble wrap|in a crushed box|in one piece|in a huge carton|loose in the parcel|
        with a handwritten note|in newspaper|double boxed
    """,
    "often": """
        every day|every morning|at weekends|all the time|now and then|twice a week|on Sundays|
        often|after dinner|most evenings|whenever we have guests|once a month|each Christmas|
        daily
    """,
    "verb_use": "use|fill|wear|light|open|wash|carry|take out|need|show off|borrow|polish",
    "verb_clean": "clean|wash|wipe|dust|rinse|polish|iron|repair|dry|hoover|descale|air",
    "smell": """
        paint|glue|fish|plastic|old cupboards|petrol|mothballs|vinegar|wet dog|vanilla|smoke|
        rubber
    """,
    "message": "e-mail|letter|call|message|complaint|note|postcard|fax",
    "tool": """
        superglue|a screwdriver|a hammer|sticky tape|a needle and thread|pliers|a butter knife|
        a drill|string|patience|sandpaper|a hairpin|drawing pins|warm water|a strong arm|
        blu tack
    """,
    "cheap": "pound|charity|seaside|motorway|discount|closing-down|joke|duty-free",
    "recommend": "recommend|give|suggest|lend|sell",
    "best": "best|prettiest|silliest|most useful|cleverest|nicest|oddest|most sensible",
}
