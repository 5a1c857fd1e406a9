//! Topics that a recording keeps as they come, byte for byte: nobody here reads them.

use super::schema::{IMU, Topic, dependency, header, quaternion, time, vector3};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The name that it is subscribed by: `imu`, which namespaces and remapping rules apply to.
    pub name: &'static str,
    /// What it is in the file.
    pub topic: Topic,
    /// True if it is published now and then, and kept for those who come late.
    pub latched: bool,
}

/// All of them.
pub static KEPT: [Kept; 5] = [
    sensor("imu", IMU),
    sensor("camera_info", CAMERA_INFO),
    sensor("scan", LASER_SCAN),
    sensor("/tf", TF),
    Kept {
        name: "/tf_static",
        topic: Topic {
            name: "/tf_static",
            ..TF
        },
        latched: true,
    },
];

const fn sensor(name: &'static str, topic: Topic) -> Kept {
    Kept {
        name,
        topic,
        latched: false,
    }
}

const CAMERA_INFO: Topic = Topic {
    name: "/camera_info",
    kind: "sensor_msgs/msg/CameraInfo",
    definition: concat!(
        "std_msgs/Header header\nuint32 height\nuint32 width\nstring distortion_model\nfloat64[] d\n",
        "float64[9] k\nfloat64[9] r\nfloat64[12] p\nuint32 binning_x\nuint32 binning_y\n",
        "sensor_msgs/RegionOfInterest roi\n",
        header!(),
        dependency!(
            "sensor_msgs/RegionOfInterest",
            "uint32 x_offset\nuint32 y_offset\nuint32 height\nuint32 width\nbool do_rectify\n"
        )
    ),
};

const LASER_SCAN: Topic = Topic {
    name: "/scan",
    kind: "sensor_msgs/msg/LaserScan",
    definition: concat!(
        "std_msgs/Header header\nfloat32 angle_min\nfloat32 angle_max\nfloat32 angle_increment\n",
        "float32 time_increment\nfloat32 scan_time\nfloat32 range_min\nfloat32 range_max\n",
        "float32[] ranges\nfloat32[] intensities\n",
        header!()
    ),
};

const TF: Topic = Topic {
    name: "/tf",
    kind: "tf2_msgs/msg/TFMessage",
    definition: concat!(
        "geometry_msgs/TransformStamped[] transforms\n",
        dependency!(
            "geometry_msgs/TransformStamped",
            "std_msgs/Header header\nstring child_frame_id\ngeometry_msgs/Transform transform\n"
        ),
        header!(),
        dependency!(
            "geometry_msgs/Transform",
            "geometry_msgs/Vector3 translation\ngeometry_msgs/Quaternion rotation\n"
        ),
        vector3!(),
        quaternion!()
    ),
};
