//! Message definitions in the `ros2msg` form: the fields, then every type that they use.

/// A topic of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name in the file: `/imu`.
    pub name: &'static str,
    /// Its type: `sensor_msgs/msg/Imu`.
    pub kind: &'static str,
    pub(super) definition: &'static str,
}

macro_rules! dependency {
    ($kind:literal, $fields:expr) => {
        concat!(
            "================================================================================\nMSG: ",
            $kind,
            "\n",
            $fields
        )
    };
}

macro_rules! header {
    () => {
        concat!(
            dependency!(
                "std_msgs/Header",
                "builtin_interfaces/Time stamp\nstring frame_id\n"
            ),
            time!()
        )
    };
}

macro_rules! time {
    () => {
        dependency!("builtin_interfaces/Time", "int32 sec\nuint32 nanosec\n")
    };
}

macro_rules! vector3 {
    () => {
        dependency!("geometry_msgs/Vector3", "float64 x\nfloat64 y\nfloat64 z\n")
    };
}

macro_rules! quaternion {
    () => {
        dependency!(
            "geometry_msgs/Quaternion",
            "float64 x\nfloat64 y\nfloat64 z\nfloat64 w\n"
        )
    };
}

pub(super) use {dependency, header, quaternion, time, vector3};

pub(super) const IMAGE: Topic = Topic {
    name: "/image",
    kind: "sensor_msgs/msg/Image",
    definition: concat!(
        "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\n",
        "uint32 step\nuint8[] data\n",
        header!()
    ),
};

pub(super) const COMPRESSED_IMAGE: Topic = Topic {
    name: "/image/compressed",
    kind: "sensor_msgs/msg/CompressedImage",
    definition: concat!(
        "std_msgs/Header header\nstring format\nuint8[] data\n",
        header!()
    ),
};

pub(super) const JOINT_STATES: Topic = Topic {
    name: "/joint_states",
    kind: "sensor_msgs/msg/JointState",
    definition: concat!(
        "std_msgs/Header header\nstring[] name\nfloat64[] position\nfloat64[] velocity\nfloat64[] effort\n",
        header!()
    ),
};

pub(super) const COMMAND: Topic = Topic {
    name: "/command",
    kind: "std_msgs/msg/Float64MultiArray",
    definition: concat!(
        "std_msgs/MultiArrayLayout layout\nfloat64[] data\n",
        dependency!(
            "std_msgs/MultiArrayLayout",
            "std_msgs/MultiArrayDimension[] dim\nuint32 data_offset\n"
        ),
        dependency!(
            "std_msgs/MultiArrayDimension",
            "string label\nuint32 size\nuint32 stride\n"
        )
    ),
};

pub(super) const DESCRIPTION: Topic = Topic {
    name: "/robot_description",
    kind: "std_msgs/msg/String",
    definition: "string data\n",
};

pub(super) const ODOMETRY: Topic = Topic {
    name: "/odom",
    kind: "nav_msgs/msg/Odometry",
    definition: concat!(
        "std_msgs/Header header\nstring child_frame_id\ngeometry_msgs/PoseWithCovariance pose\n",
        "geometry_msgs/TwistWithCovariance twist\n",
        header!(),
        dependency!(
            "geometry_msgs/PoseWithCovariance",
            "geometry_msgs/Pose pose\nfloat64[36] covariance\n"
        ),
        dependency!(
            "geometry_msgs/Pose",
            "geometry_msgs/Point position\ngeometry_msgs/Quaternion orientation\n"
        ),
        dependency!("geometry_msgs/Point", "float64 x\nfloat64 y\nfloat64 z\n"),
        quaternion!(),
        dependency!(
            "geometry_msgs/TwistWithCovariance",
            "geometry_msgs/Twist twist\nfloat64[36] covariance\n"
        ),
        dependency!(
            "geometry_msgs/Twist",
            "geometry_msgs/Vector3 linear\ngeometry_msgs/Vector3 angular\n"
        ),
        vector3!()
    ),
};

pub(super) const IMU: Topic = Topic {
    name: "/imu",
    kind: "sensor_msgs/msg/Imu",
    definition: concat!(
        "std_msgs/Header header\ngeometry_msgs/Quaternion orientation\nfloat64[9] orientation_covariance\n",
        "geometry_msgs/Vector3 angular_velocity\nfloat64[9] angular_velocity_covariance\n",
        "geometry_msgs/Vector3 linear_acceleration\nfloat64[9] linear_acceleration_covariance\n",
        header!(),
        quaternion!(),
        vector3!()
    ),
};
