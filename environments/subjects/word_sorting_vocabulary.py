"""The common English words that `word_sorting` draws from; many share their first letters."""
# ruff: noqa: SIM905 (a word list is easier to read and to mend as text)

__all__ = ["VOCABULARY"]

VOCABULARY: tuple[str, ...] = tuple(
    """
    actor adult agent alarm album almond anchor angle animal ankle apple april apron arch arena arm army
    arrow artist ash atlas attic aunt autumn award bacon badge bag baker balance ball balloon bamboo banana
    band bank bar barrel basin basket bath beach bean bear beaver bed bee bell bench berry bird blanket boat
    body bone book boot bottle bowl box boy branch brass bread brick bridge brother brush bucket bus butter
    button cabin cable cactus cake camel camera camp canal candle cannon canoe cap captain car carbon card
    carpet carrot castle cat cave cell chain chair chalk cheese cherry chest chicken child circle city clay
    clock cloud coach coal coast coat coffee coin collar copper coral corn corner cotton cousin cow crab
    cradle crane cream creek crow crowd crown cup curtain daisy dance deer desert desk dinner dish doctor
    dog dolphin door dragon drawer dream dress drum duck eagle ear earth east echo edge egg elbow elephant
    engine evening eye face factory family farm farmer feather fence fern field finger fire fish flag flame
    floor flower flute fog forest fork fountain fox friend frog fruit garden gate ghost giant glass globe
    glove goat gold goose grain grape grass gravel guitar hammer hand harbor harp hat hawk heart hedge
    helmet hen hill honey hook horse hotel house ice ink insect iron island ivory jacket jar jelly jewel
    judge juice jungle kettle key king kitchen kite knee knife ladder lake lamb lamp lantern leaf leather
    lemon library light lily lion lizard lock lunch machine magnet map maple marble market meadow medal
    melon metal milk mill mirror monkey moon morning moth mountain mouse museum music nail napkin neck
    needle nest night north nose novel nurse oak ocean office olive onion orange orchard oven owl oyster
    paint palace palm paper parade park parrot path peach pearl pencil pepper piano pigeon pillow pilot pine
    pipe planet plate plow plum pocket poem pond pony poppy potato prince pumpkin puppet queen quilt rabbit
    radio rain ranch raven ribbon rice ring river road robin rocket roof rope rose saddle sail salad salt
    sand school scissors sea seed shadow shark sheep shelf shell ship shirt shoe shoulder silver sister
    skate sky sled snail snow soap sock soldier soup spider spoon spring square stable star station stone
    storm stove street sugar summer sun swan table tailor tent theater thread thumb ticket tiger timber toad
    tooth torch tower town train tree truck trumpet tunnel turkey turtle uncle valley velvet village violin
    wagon wall walnut water weather whale wheat wheel whistle willow window winter wolf wood wool yard year
    zebra
    """.split()
)
